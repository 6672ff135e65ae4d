// The trace store at full size, once: how fast calls go in on one core and how soon they are seen,
// questions over a large store, the drop of a day. HEADGATE_BENCH_SPANS sets the size (5000000 for
// the real one; small without, so that the suite stays quick), HEADGATE_BENCH_FOLDER a folder that
// is kept and used again.
#include <benchmark/benchmark.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "storage/partitions/day.h"
#include "storage/partitions/old_store.h"
#include "storage/query/parser.h"
#include "storage/temporary_folder.h"
#include "storage/text/text_indexer.h"
#include "storage/tiers/day_files.h"
#include "storage/traces/call_bench.h"
#include "storage/traces/journal_drain.h"
#include "storage/traces/trace_reader.h"
#include "storage/traces/trace_store.h"

namespace headgate::storage {
namespace {

const base::RealClock kClock{};
constexpr std::size_t kContentBytes = 1500;  // a span; two spans a call
constexpr std::int64_t kStart = 1'800'000'000'000'000;
constexpr Day kDay = kStart / kDayUs;

std::int64_t spans_wanted() {
  const char* const wanted = std::getenv("HEADGATE_BENCH_SPANS");
  return wanted == nullptr ? 20'000 : std::atoll(wanted);
}

double seconds_since(base::MonoTime begun) {
  return std::chrono::duration<double>(kClock.now() - begun).count();
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

double anonymous_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::atof(line.c_str() + 8) / 1024;
  }
  return 0;
}

// This thread, and those that it starts.
void pin_to(unsigned core) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(core, &one);
  ::sched_setaffinity(0, sizeof one, &one);
}

void unpin() {
  cpu_set_t all;
  CPU_ZERO(&all);
  for (unsigned i = 0; i < std::thread::hardware_concurrency(); ++i) CPU_SET(i, &all);
  ::sched_setaffinity(0, sizeof all, &all);
}

void wait_until(base::MonoTime due) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  while (never.wait_until(lock, due) != std::cv_status::timeout) {
  }
}

// Words as people use them: a few often, many seldom; and one that names the call.
class Prose {
 public:
  explicit Prose(base::Random& random) : random_(random) {
    for (int i = 0; i < 20'000; ++i) {
      std::string word;
      for (std::uint64_t n = 2 + random.below(8); n > 0; --n) {
        word += static_cast<char>('a' + random.below(26));
      }
      words_.push_back(word + ' ');
    }
  }
  void write(std::string& out, std::size_t bytes, std::int64_t number) {
    out = "call" + std::to_string(number) + ' ';
    while (out.size() < bytes) {
      const double u = random_.unit();
      out += words_[static_cast<std::size_t>(u * u * u * static_cast<double>(words_.size()))];
    }
  }

 private:
  base::Random& random_;
  std::vector<std::string> words_;
};

// Sets what questions ask for: 1 in 1000 fails, sessions of 20 calls, 1 in 100 calls a tool.
void vary(Call& call, std::int64_t number, std::vector<std::string>& texts) {
  texts = {"session-" + std::to_string(number / 20), "user-" + std::to_string(number % 5000),
           "route-" + std::to_string(number % 7), "req-" + std::to_string(number)};
  call.record().session = texts[0];
  call.record().user = texts[1];
  call.record().route = texts[2];
  call.record().request_id = texts[3];
  telemetry::Span& head = call.spans()[0];
  head.error = number % 1000 == 999 ? std::optional(base::Errc::rate_limited) : std::nullopt;
  head.cost = number % 10'007 == 0 ? base::kPicodollarsPerDollar : 100'000'000;
  head.duration_us = 500'000 + number % 1000 * 100;
  call.spans()[1].kind =
      number % 100 == 0 ? telemetry::SpanKind::tool : telemetry::SpanKind::attempt;
  call.spans()[1].name = "get_order";
}

void BM_ingest(benchmark::State& state) {
  configure_sqlite();
  pin_to(0);
  const std::int64_t calls = spans_wanted() / 2;
  for (auto _ : state) {
    const TemporaryFolder folder;
    auto store = TraceStore::open({.folder = folder.path(),
                                   .journal_bytes = std::size_t{64} << 20,
                                   .text_index = state.range(0) != 0},
                                  1, kClock)
                     .value();
    Call call(kContentBytes, 0);
    std::string second(kContentBytes, 'x');
    call.spans()[1].input = second;
    const base::MonoTime begun = kClock.now();
    const double cpu = cpu_seconds();
    double rss = 0;
    for (std::int64_t i = 0; i < calls; ++i) {
      const telemetry::ExchangeRecord& record = call.next();
      while (!store->sink(0).record(record)) std::this_thread::yield();
      if (i % 4096 == 0) rss = std::max(rss, anonymous_mib());
    }
    while (store->stats().pending_bytes > 0) std::this_thread::yield();
    const auto spans = static_cast<double>(calls * 2);
    state.counters["spans_per_s"] = spans / seconds_since(begun);
    state.counters["spans_per_cpu_s"] = spans / (cpu_seconds() - cpu);
    state.counters["rss_anonymous_mib"] = rss;
  }
  unpin();
}
BENCHMARK(BM_ingest)
    ->ArgName("text_index")
    ->Arg(0)
    ->Arg(1)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

// Half a million spans for ten seconds of 50,000 a second, a tenth of them in the suite. A reader
// on another core looks for one call each 50 ms until it is there.
void BM_seen_after(benchmark::State& state) {
  constexpr std::int64_t kCallsPerSecond = 25'000;
  const std::int64_t calls = std::min<std::int64_t>(spans_wanted() / 10, 500'000);
  for (auto _ : state) {
    pin_to(0);
    const TemporaryFolder folder;
    auto store = TraceStore::open({.folder = folder.path(), .journal_bytes = std::size_t{64} << 20},
                                  1, kClock)
                     .value();
    auto reader = TraceReader::open(folder.path()).value();
    std::vector<double> waits;
    std::atomic<bool> over{false};
    std::mutex mutex;
    std::pair<std::string, base::MonoTime> newest;
    std::thread watcher([&] {
      pin_to(std::thread::hardware_concurrency() - 1);
      while (!over.load()) {
        std::string id;
        base::MonoTime at;
        {
          const std::lock_guard lock(mutex);
          std::swap(id, newest.first);
          at = newest.second;
        }
        if (id.empty()) {
          std::this_thread::yield();
          continue;
        }
        while (!reader.get(id).has_value()) std::this_thread::yield();
        waits.push_back(seconds_since(at));
      }
    });
    Call call(kContentBytes, kContentBytes);
    const base::MonoTime begun = kClock.now();
    std::int64_t dropped = 0;
    for (std::int64_t i = 0; i < calls; ++i) {
      const telemetry::ExchangeRecord& record = call.next();
      dropped += store->sink(0).record(record) ? 0 : 1;
      if (i % 256 == 0) {
        const std::lock_guard lock(mutex);
        newest = {record.trace.hex(), kClock.now()};
      }
      const auto due = begun + base::microseconds(i * 1'000'000 / kCallsPerSecond);
      if (i % 64 == 0) wait_until(due);
    }
    over = true;
    watcher.join();
    unpin();
    std::sort(waits.begin(), waits.end());
    state.counters["spans_per_s"] = static_cast<double>(calls * 2) / seconds_since(begun);
    state.counters["dropped"] = static_cast<double>(dropped);
    state.counters["seen_p50_ms"] = waits.empty() ? 0 : waits[waits.size() / 2] * 1e3;
    state.counters["seen_p99_ms"] = waits.empty() ? 0 : waits[waits.size() * 99 / 100] * 1e3;
  }
}
BENCHMARK(BM_seen_after)->Iterations(1)->Unit(benchmark::kMillisecond);

// A store of one day, made once for all questions; its text index is what it is after the writer.
class LargeStore {
 public:
  static LargeStore& get() {
    static LargeStore store;
    return store;
  }
  const std::string& folder() const { return folder_; }
  double index_seconds() const { return index_seconds_; }

 private:
  LargeStore() {
    const char* const kept = std::getenv("HEADGATE_BENCH_FOLDER");
    folder_ = kept == nullptr ? temporary_.path() : kept;
    std::filesystem::create_directories(folder_);
    prepare_folder(folder_, [](auto) {}).value();
    if (partition_days(folder_).empty()) fill();
    const double begun = cpu_seconds();
    text::TextIndexer indexer(folder_, kClock);
    while (indexer.step(kDay + 1, [](Day) { return INT64_MAX; }).value()) {
    }
    index_seconds_ = cpu_seconds() - begun;
  }

  void fill() {
    Journal journal = Journal::create(temporary_.file("ring"), std::size_t{64} << 20).value();
    Journal* const journals[] = {&journal};
    JournalDrain drain = JournalDrain::open(folder_, journals, {}).value();
    drain.switch_to(kDay).value();
    Call call(0, 0);
    Prose prose(call.random());
    std::vector<std::string> texts;
    std::string output;
    for (std::int64_t i = 0; i < spans_wanted() / 2; ++i) {
      vary(call, i, texts);
      if (i % 8 == 0) prose.write(call.input(), kContentBytes, i);
      if (i % 8 == 4) prose.write(output, kContentBytes, i);
      call.spans()[0].input = call.input();
      call.spans()[0].output = output;
      append(journal, call.next());
      if (journal.pending() > std::size_t{4} << 20) drain_all(drain);
    }
    drain_all(drain);
  }
  static void drain_all(JournalDrain& drain) {
    while (drain.store_batch(std::size_t{1} << 20).value().more) {
    }
  }

  const TemporaryFolder temporary_;
  std::string folder_;
  double index_seconds_ = 0;
};

constexpr std::array kQuestions{
    "",
    "error",
    "error and user = user-999",
    "session = session-7",
    "request = req-1234",
    "cost > 0.5",
    "latency > 0.5999 and route = route-3",
    "tool = get_order and error",
    "text ~ call1000",
    "text ~ call1000 and error",
    "user = nobody",
    "name ~ nothing",
};

void BM_question(benchmark::State& state) {
  configure_sqlite();
  LargeStore& store = LargeStore::get();
  const std::string filter = kQuestions[static_cast<std::size_t>(state.range(0))];
  const auto where = query::parse(filter, kStart).value();
  std::size_t found = 0;
  for (auto _ : state) {
    auto reader = TraceReader::open(store.folder()).value();
    found = reader.list({where, 100}).value().calls.size();
  }
  state.counters["found"] = static_cast<double>(found);
  state.counters["index_cpu_s"] = store.index_seconds();
  state.SetLabel(filter);
}
BENCHMARK(BM_question)
    ->DenseRange(0, kQuestions.size() - 1)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

void BM_drop_of_a_day(benchmark::State& state) {
  const std::string& folder = LargeStore::get().folder();
  for (auto _ : state) {
    std::int64_t bytes = 0;
    for (const DaySize& day : day_sizes(folder)) bytes += day.span_bytes + day.content_bytes;
    const base::MonoTime begun = kClock.now();
    const double cpu = cpu_seconds();
    drop_day(folder, kDay).value();
    state.SetIterationTime(seconds_since(begun));
    free_dropped(folder).value();
    state.counters["freed_after_s"] = seconds_since(begun);
    state.counters["cpu_s"] = cpu_seconds() - cpu;
    state.counters["gib"] = static_cast<double>(bytes) / (1 << 30);
  }
}
BENCHMARK(BM_drop_of_a_day)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace headgate::storage
