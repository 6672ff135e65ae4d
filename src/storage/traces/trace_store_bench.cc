// What a call's trace costs: on the event loop (encode into the journal) and on the writer thread
// (from the journal into SQLite on disk, checkpoints included). CPU time; two spans, 2 KB in, 1 KB
// out.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <string>

#include "storage/journal/journal.h"
#include "storage/partitions/day.h"
#include "storage/temporary_folder.h"
#include "storage/traces/call_bench.h"
#include "storage/traces/journal_drain.h"
#include "telemetry/span_codec.h"

namespace headgate::storage {
namespace {

void BM_record(benchmark::State& state) {
  const TemporaryFolder folder;
  Journal journal = Journal::create(folder.file("ring"), 16 << 20).value();
  Call call(static_cast<std::size_t>(state.range(0)), static_cast<std::size_t>(state.range(1)));
  const telemetry::ExchangeRecord& record = call.next();
  std::uint64_t position = 0;
  for (auto _ : state) {
    if (!append(journal, record)) {
      position += journal.pending();  // the consumer, at no cost
      journal.release(position);
    }
  }
}
BENCHMARK(BM_record)->Args({0, 0})->Args({2048, 1024})->Args({3072, 1024})->Args({64 << 10, 1024});

void BM_drain(benchmark::State& state) {
  configure_sqlite();  // counts once, before the first connection
  const TemporaryFolder folder;
  constexpr Day kDay = 20'000;
  const std::string path = partition_path(folder.path(), kDay);
  if (state.range(0) > 0) {
    Database fresh = Database::open(path, Database::Access::read_write).value();
    fresh.execute(("PRAGMA page_size=" + std::to_string(state.range(0)) + "; VACUUM").c_str())
        .value();
  }
  Journal journal = Journal::create(folder.file("ring"), 16 << 20).value();
  Journal* const journals[] = {&journal};
  JournalDrain drain = JournalDrain::open(folder.path(), journals, {}).value();
  drain.switch_to(kDay).value();
  Call call(2048, 1024);
  const std::size_t batch_bytes = static_cast<std::size_t>(state.range(1)) << 10;
  std::int64_t stored = 0;
  constexpr int kCalls = 1000;
  for (auto _ : state) {
    state.PauseTiming();
    for (int i = 0; i < kCalls; ++i) append(journal, call.next());
    state.ResumeTiming();
    for (bool more = true; more;) {
      const auto batch = drain.store_batch(batch_bytes).value();
      stored += static_cast<std::int64_t>(batch.stored);
      more = batch.more;
    }
  }
  state.SetItemsProcessed(stored);
  state.counters["cpu_us_per_call"] = benchmark::Counter(
      static_cast<double>(stored) / 1e6, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["db_bytes_per_call"] =
      static_cast<double>(std::filesystem::file_size(path)) / static_cast<double>(stored);
}
BENCHMARK(BM_drain)
    ->ArgNames({"page", "batch_kb"})
    ->Args({0, 1024})  // as configured
    ->Args({0, 4096})
    ->Args({4096, 1024})
    ->Args({65536, 1024})
    ->Args({16384, 128})
    ->Iterations(100)  // 100,000 calls
    ->Unit(benchmark::kMillisecond);
}  // namespace
}  // namespace headgate::storage
