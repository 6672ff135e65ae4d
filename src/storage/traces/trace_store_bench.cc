// What a call's trace costs: on the event loop (encode into the journal) and on the writer thread
// (from the journal into SQLite on disk, checkpoints included). CPU time; two spans, 2 KB in, 1 KB
// out.
#include <benchmark/benchmark.h>

#include <array>
#include <filesystem>
#include <string>

#include "base/random.h"
#include "storage/journal/journal.h"
#include "storage/partitions/day.h"
#include "storage/temporary_folder.h"
#include "storage/traces/journal_drain.h"
#include "telemetry/span_codec.h"

namespace headgate::storage {
namespace {

class Call {
 public:
  Call(std::size_t input_bytes, std::size_t output_bytes)
      : input_(input_bytes, 'q'), output_(output_bytes, 'a') {
    telemetry::Span& request = spans_[0];
    request.kind = telemetry::SpanKind::request;
    request.name = "chat gpt-4o-mini";
    request.start_unix_us = 1'800'000'000'000'000;
    request.duration_us = 812'345;
    request.ttft_us = 201'000;
    request.http_status = 200;
    request.streamed = true;
    request.usage = base::Usage{812, 512, 0, 96, 0};
    request.cost = 179'400'000;
    request.provider = "openai";
    request.model_requested = "gpt-4o-mini";
    request.model_served = "gpt-4o-mini-2024-07-18";
    request.finish_reason = "stop";
    request.input = input_;
    request.output = output_;
    spans_[1] = request;
    spans_[1].kind = telemetry::SpanKind::attempt;
    spans_[1].attempt = 1;
    spans_[1].response_id = "chatcmpl-9f2d4b1c8a7e6d5c";
    spans_[1].input = spans_[1].output = {};
    record_.request_id = "req_01hzy8w3k5m7n9p1";
    record_.user = "customer-4711";
    record_.session = "session-0815";
    record_.tenant = "acme";
    record_.tier = "gold";
    record_.key_id = "key_7f3a";
    record_.route = "default";
    record_.spans = spans_;
  }
  const telemetry::ExchangeRecord& next() {
    record_.trace = base::TraceId::random(random_);
    for (auto& span : spans_) span.id = base::SpanId::random(random_);
    spans_[1].parent = spans_[0].id;
    spans_[0].start_unix_us += 33;
    spans_[1].start_unix_us += 33;
    return record_;
  }

 private:
  base::SeededRandom random_{1};
  std::string input_;
  std::string output_;
  std::array<telemetry::Span, 2> spans_;
  telemetry::ExchangeRecord record_;
};

bool append(Journal& journal, const telemetry::ExchangeRecord& record) {
  std::byte* const at = journal.reserve(telemetry::encoded_size(record));
  if (at == nullptr) return false;
  telemetry::encode(record, at);
  journal.publish();
  return true;
}

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
    ->Args({4096, 1024})
    ->Args({65536, 1024})
    ->Args({16384, 128})
    ->Iterations(100)  // 100,000 calls
    ->Unit(benchmark::kMillisecond);
}  // namespace
}  // namespace headgate::storage
