// What resilience adds to every call when all is well: asking and telling the breaker, the retry
// budget, a slot of the bulkhead, the limit, the hedge. Target: below 50 ns each.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "resilience/adaptive_limit.h"
#include "resilience/breaker.h"
#include "resilience/bulkhead.h"
#include "resilience/hedge.h"
#include "resilience/retry_budget.h"

namespace headgate::resilience {
namespace {

constexpr base::MonoTime kBegin{base::seconds(1'000)};
constexpr base::Duration kBetween = base::microseconds(100);  // 10,000 calls a second

void breaker_acquire_report(benchmark::State& state) {
  Breaker breaker;
  base::SeededRandom random(1);
  base::MonoTime now = kBegin;
  for (auto _ : state) {
    now += kBetween;
    const auto permit = breaker.acquire(now, random);
    breaker.report(*permit, Outcome::success, now);
  }
}
BENCHMARK(breaker_acquire_report);

/// Every hundredth call fails, which asks the window.
void breaker_with_failures(benchmark::State& state) {
  Breaker breaker;
  base::SeededRandom random(1);
  base::MonoTime now = kBegin;
  int i = 0;
  for (auto _ : state) {
    now += kBetween;
    const auto permit = breaker.acquire(now, random);
    breaker.report(*permit, ++i % 100 == 0 ? Outcome::failure : Outcome::success, now);
  }
}
BENCHMARK(breaker_with_failures);

void budget_request_withdraw(benchmark::State& state) {
  RetryBudget budget;
  base::MonoTime now = kBegin;
  for (auto _ : state) {
    now += kBetween;
    budget.on_request(now);
    benchmark::DoNotOptimize(budget.withdraw(now));
  }
}
BENCHMARK(budget_request_withdraw);

/// By the number of tenants; none of them waits.
void bulkhead_enter_leave(benchmark::State& state) {
  Bulkhead bulkhead({.limit = 100, .queue_max = 100});
  std::vector<std::string> tenants;
  for (int i = 0; i < state.range(0); ++i) tenants.push_back("tenant-" + std::to_string(i));
  base::MonoTime now = kBegin;
  std::size_t i = 0;
  for (auto _ : state) {
    now += kBetween;
    const auto got = bulkhead.enter(tenants[++i % tenants.size()], now, base::MonoTime::max());
    bulkhead.leave(got.ticket, now + kBetween);
    benchmark::DoNotOptimize(bulkhead.next(now));
  }
}
BENCHMARK(bulkhead_enter_leave)->Arg(1)->Arg(1'000);

/// All slots are taken: a call joins its line and the next of the lines gets the slot.
void bulkhead_queue_next(benchmark::State& state) {
  Bulkhead bulkhead({.limit = 10, .queue_max = 1'000});
  std::vector<std::string> tenants;
  for (int i = 0; i < state.range(0); ++i) tenants.push_back("tenant-" + std::to_string(i));
  std::vector<std::uint64_t> held;
  base::MonoTime now = kBegin;
  std::size_t i = 0;
  for (int n = 0; n < 110; ++n) {
    const auto got = bulkhead.enter(tenants[++i % tenants.size()], now, base::MonoTime::max());
    if (got.entry == Entry::granted) held.push_back(got.ticket);
  }
  for (auto _ : state) {
    now += kBetween;
    bulkhead.enter(tenants[++i % tenants.size()], now, base::MonoTime::max());
    std::uint64_t& slot = held[i % held.size()];
    bulkhead.leave(slot, now);
    slot = bulkhead.next(now)->id;
  }
}
BENCHMARK(bulkhead_queue_next)->Arg(1)->Arg(10)->Arg(100);

void adaptive_first_token(benchmark::State& state) {
  AdaptiveLimit limit;
  base::MonoTime now = kBegin;
  for (auto _ : state) {
    now += kBetween;
    limit.on_first_token(now, base::milliseconds(500), 10);
    benchmark::DoNotOptimize(limit.limit());
  }
}
BENCHMARK(adaptive_first_token);

void hedge_record_delay(benchmark::State& state) {
  HedgeBudget budget;
  FirstTokenTimes times;
  base::MonoTime now = kBegin;
  int ms = 0;
  for (auto _ : state) {
    now += kBetween;
    budget.on_request(now);
    times.record(now, base::milliseconds(200 + ++ms % 500));
    benchmark::DoNotOptimize(times.percentile(now, 95));
  }
}
BENCHMARK(hedge_record_delay);

}  // namespace
}  // namespace headgate::resilience
