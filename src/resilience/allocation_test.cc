// When all is well, a call through everything here allocates nothing. This file counts the
// allocations of the whole test program.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <new>
#include <string_view>

#include "resilience/adaptive_limit.h"
#include "resilience/backoff.h"
#include "resilience/breaker.h"
#include "resilience/bulkhead.h"
#include "resilience/hedge.h"
#include "resilience/retry_budget.h"

namespace {

std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace headgate::resilience {
namespace {

using base::milliseconds;
using base::MonoTime;
using base::seconds;

TEST(Allocation, ACallThatGoesWellMakesNone) {
  base::SeededRandom random(1);
  Breaker breaker;
  RetryBudget budget;
  Bulkhead bulkhead({.limit = 4, .queue_max = 4});
  AdaptiveLimit limit;
  HedgeBudget hedges;
  FirstTokenTimes times;
  MonoTime now{seconds(1'000)};
  const std::array<std::string_view, 3> tenants{
      "a", "a tenant whose name is too long for a small string", "c"};
  std::array<std::uint64_t, 4> slots{};
  const std::size_t before = allocations;
  for (std::size_t i = 0; i < 10'000; ++i) {
    now += milliseconds(3);
    const auto permit = breaker.acquire(now, random);
    bulkhead.leave(slots[i % 4], now);
    const auto slot = bulkhead.enter(tenants[i % 3], now, now + seconds(30));
    slots[i % 4] = slot.ticket;
    budget.on_request(now);
    hedges.on_request(now);
    times.record(now, milliseconds(300));
    times.percentile(now, 95);
    limit.on_first_token(now, milliseconds(300), bulkhead.in_use());
    bulkhead.set_limit(limit.limit());
    breaker.report(*permit, Outcome::success, now);
    bulkhead.next(now);
  }
  EXPECT_EQ(allocations, before);
}

TEST(Allocation, NeitherDoWaitingAndRetrying) {
  base::SeededRandom random(1);
  RetryBudget budget;
  Bulkhead bulkhead({.limit = 1, .queue_max = 4});
  MonoTime now{seconds(1'000)};
  auto holder = bulkhead.enter("a", now, MonoTime::max()).ticket;
  const std::size_t before = allocations;
  for (int i = 0; i < 1'000; ++i) {
    now += milliseconds(100);
    bulkhead.enter("b", now, MonoTime::max());
    const auto gone = bulkhead.enter("c", now, MonoTime::max());
    bulkhead.abandon(gone.ticket);
    bulkhead.leave(holder, now);
    holder = bulkhead.next(now)->id;
    budget.withdraw(now);
    const auto wait = parse_retry_after("Mon, 23 Nov 2026 14:18:51 GMT", "", 1'795'443'000);
    backoff({}, i, wait, random);
  }
  EXPECT_EQ(allocations, before);
}

}  // namespace
}  // namespace headgate::resilience
