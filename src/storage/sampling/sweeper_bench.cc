// What sampling costs the caretaker's thread: reading and deciding on records that were stored, and
// deleting nine in ten of them with their content. Two spans, 2 KB in, 1 KB out.
#include "storage/sampling/sweeper.h"

#include <benchmark/benchmark.h>

#include "storage/temporary_folder.h"
#include "storage/traces/call_bench.h"
#include "storage/traces/journal_drain.h"

namespace headgate::storage {
namespace {

constexpr Day kDay = 20'000;
constexpr int kCalls = 2000;

void BM_sweep(benchmark::State& state) {
  configure_sqlite();  // counts once, before the first connection
  const TemporaryFolder folder;
  base::ManualClock clock;
  Journal journal = Journal::create(folder.file("ring"), 16 << 20).value();
  Journal* const journals[] = {&journal};
  JournalDrain drain = JournalDrain::open(folder.path(), journals, {}).value();
  drain.switch_to(kDay).value();
  auto policy = std::make_shared<SamplingPolicy>();
  policy->add("default", {.keep_ppm = static_cast<std::uint32_t>(state.range(0)) * 10'000,
                          .quiet_us = 1'000'000});
  TraceSweeper sweeper({.folder = folder.path(), .policy = policy}, clock);
  sweeper.begin(kDay).value();
  Call call(2048, 1024);
  for (auto _ : state) {
    state.PauseTiming();
    for (int i = 0; i < kCalls; ++i) append(journal, call.next());
    while (drain.store_batch(1 << 20).value().more) {
    }
    state.ResumeTiming();
    while (sweeper.step(kDay).value()) {
    }
    clock.advance(base::seconds(1));
    while (sweeper.step(kDay).value()) {
    }
    sweeper.step(kDay).value();  // content
  }
  const auto calls = static_cast<double>(state.iterations() * kCalls);
  state.counters["cpu_us_per_call"] =
      benchmark::Counter(calls / 1e6, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["dropped"] = static_cast<double>(sweeper.counts().dropped);
}
BENCHMARK(BM_sweep)
    ->ArgName("keep_percent")
    ->Arg(10)
    ->Arg(99)
    ->Iterations(50)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace headgate::storage
