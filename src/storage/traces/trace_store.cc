#include "storage/traces/trace_store.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "storage/migrations.h"
#include "telemetry/span_codec.h"

namespace headgate::storage {
namespace {

constexpr std::size_t kBatchBytes = std::size_t{1} << 20;
constexpr base::milliseconds kBackoffMin{100};
constexpr base::milliseconds kBackoffMax{5000};
constexpr int kClosingAttempts = 5;
constexpr std::size_t kHurryShare = 4;         // of a journal; fuller than that, the writer hurries
constexpr base::milliseconds kBehindMax{250};  // a drain that takes longer gets its share of a core
constexpr int kTrimTicks = 20;              // idle for so many commit intervals: give memory back
constexpr std::int64_t kDeleteRows = 2048;  // a tick, so that deleting never holds up storing
constexpr base::seconds kDeleteInterval{60};
constexpr std::int64_t kDayUs = 86'400'000'000;

}  // namespace

// Lets a sink call the writer early. The writer looks by itself each interval, so a call that comes
// between its look and its sleep costs one interval and needs no lock.
class TraceStore::Wake {
 public:
  void call() {
    if (!called_.exchange(true, std::memory_order_relaxed)) condition_.notify_one();
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    condition_.notify_one();
  }
  /// False: stop.
  bool wait(base::milliseconds at_most, bool callable) {
    std::unique_lock lock(mutex_);
    condition_.wait_for(lock, at_most, [&] {
      return stopping_ || (callable && called_.load(std::memory_order_relaxed));
    });
    called_.store(false, std::memory_order_relaxed);
    return !stopping_;
  }
  void pause(base::milliseconds time) {
    std::unique_lock lock(mutex_);
    condition_.wait_for(lock, time, [] { return false; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  std::atomic<bool> called_{false};
  bool stopping_ = false;
};

class TraceStore::Sink final : public telemetry::SpanSink {
 public:
  Sink(Journal& journal, Wake& wake, WriterPriority& priority)
      : journal_(journal), wake_(wake), priority_(priority) {}

  bool record(const telemetry::ExchangeRecord& record) override {
    const std::size_t bytes = telemetry::encoded_size(record);
    if (bytes == 0) {
      journal_.count_drop();
      return false;
    }
    std::byte* const at = journal_.reserve(bytes);
    if (at != nullptr) {
      telemetry::encode(record, at);
      journal_.publish();
    }
    const std::size_t pending = journal_.pending();
    if (at == nullptr || pending > kBatchBytes) wake_.call();
    if (at == nullptr || pending > journal_.capacity() / kHurryShare) priority_.beside();
    return at != nullptr;
  }

 private:
  Journal& journal_;
  Wake& wake_;
  WriterPriority& priority_;
};

TraceStore::TraceStore(StorageOptions options, const base::Clock& clock, FolderLock lock,
                       Database database)
    : options_(std::move(options)),
      clock_(clock),
      lock_(std::move(lock)),
      database_(std::move(database)),
      wake_(std::make_unique<Wake>()),
      delete_next_(clock.now()) {}

TraceStore::~TraceStore() { close(); }

base::Result<std::unique_ptr<TraceStore>> TraceStore::open(StorageOptions options,
                                                           std::size_t loops,
                                                           const base::Clock& clock) {
  auto lock = FolderLock::acquire(options.folder);
  if (!lock) return lock.error();
  auto database = open_database(options.folder);
  if (!database) return database.error();
  std::unique_ptr<TraceStore> store(
      new TraceStore(std::move(options), clock, std::move(*lock), std::move(*database)));
  const auto started = store->start(loops);
  if (!started) return started.error();
  return store;
}

base::Result<void> TraceStore::start(std::size_t loops) {
  auto recovered = recover_journals(options_.folder, database_, options_.report);
  if (!recovered) return recovered.error();
  damaged_ = recovered->damaged;
  if (recovered->stored > 0) {
    options_.report("recovered " + std::to_string(recovered->stored) +
                    " traces that an earlier process had not stored");
  }
  const auto made = make_journals(loops, std::move(recovered->journals));
  if (!made) return made.error();
  std::vector<Journal*> journals;
  for (Journal& journal : journals_) {
    journals.push_back(&journal);
    sinks_.push_back(std::make_unique<Sink>(journal, *wake_, priority_));
  }
  auto drain = JournalDrain::open(options_.folder, database_, journals);
  if (!drain) return drain.error();
  drain_.emplace(std::move(*drain));
  auto checkpointer = Checkpointer::start(options_.folder, database_, options_.report);
  if (!checkpointer) return checkpointer.error();
  checkpointer_ = std::move(*checkpointer);
  writer_ = std::thread([this] { run(); });
  return {};
}

// Journals of the right size are used on; the others, and those of loops that are no more, are
// empty now.
base::Result<void> TraceStore::make_journals(std::size_t loops, std::vector<Journal> old) {
  for (std::size_t loop = 0; loop < loops; ++loop) {
    const std::string path = journal_path(options_.folder, loop);
    const auto same = std::find_if(old.begin(), old.end(), [&](const Journal& journal) {
      return journal.path() == path && journal.capacity() == options_.journal_bytes;
    });
    if (same != old.end()) {
      journals_.push_back(std::move(*same));
      old.erase(same);
      continue;
    }
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    auto journal = Journal::create(path, options_.journal_bytes);
    if (!journal) return journal.error();
    journals_.push_back(std::move(*journal));
  }
  for (const Journal& journal : old) {
    const bool replaced = std::any_of(journals_.begin(), journals_.end(),
                                      [&](const Journal& j) { return j.path() == journal.path(); });
    std::error_code ignored;
    if (!replaced) std::filesystem::remove(journal.path(), ignored);
  }
  return {};
}

telemetry::SpanSink& TraceStore::sink(std::size_t loop) { return *sinks_.at(loop); }

StorageStats TraceStore::stats() const {
  StorageStats stats;
  stats.stored = stored_.load(std::memory_order_relaxed);
  stats.damaged = damaged_.load(std::memory_order_relaxed);
  stats.failures = failures_.load(std::memory_order_relaxed);
  for (const Journal& journal : journals_) {
    stats.dropped += journal.dropped();
    stats.pending_bytes += journal.pending();
  }
  return stats;
}

void TraceStore::close() {
  if (!writer_.joinable()) return;
  wake_->stop();
  priority_.beside();
  writer_.join();
  checkpointer_.reset();
}

void TraceStore::run() {
  if (!priority_.begin()) {
    options_.report(
        "traces are written beside requests instead of behind them, which delays some by"
        " milliseconds: give the service LimitNICE=0 or CAP_SYS_NICE");
  }
  for (bool running = true; running;) {
    const bool failing = backoff_.count() > 0;
    step_behind();
    running = wake_->wait(failing ? backoff_ : options_.commit_interval, !failing);
    if (drain()) delete_old();
  }
  for (int attempt = 1; backoff_.count() > 0 && attempt < kClosingAttempts; ++attempt) {
    wake_->pause(kBackoffMin * attempt);
    drain();
  }
}

// Stores everything there is. False: the database could not be written, the journals keep it.
bool TraceStore::drain() {
  bool stored = false;
  const base::MonoTime begun = clock_.now();
  for (bool more = true; more;) {
    if (clock_.now() - begun > kBehindMax) priority_.beside();
    const auto batch = drain_->store_batch(kBatchBytes);
    if (!batch) {
      failures_.fetch_add(1, std::memory_order_relaxed);
      if (backoff_.count() == 0) {
        options_.report("traces wait in the journals: " + batch.error().detail);
      }
      backoff_ = std::clamp(backoff_ * 2, kBackoffMin, kBackoffMax);
      return false;
    }
    stored_.fetch_add(batch->stored, std::memory_order_relaxed);
    damaged_.fetch_add(batch->damaged, std::memory_order_relaxed);
    stored |= batch->stored > 0;
    more = batch->more;
  }
  if (backoff_.count() > 0) options_.report("traces are being stored again");
  backoff_ = base::milliseconds(0);
  trim_when_idle(stored);
  return true;
}

// Behind the loops again as soon as no journal is in danger of overflowing.
void TraceStore::step_behind() {
  const bool room = std::all_of(journals_.begin(), journals_.end(), [](const Journal& journal) {
    return journal.pending() < journal.capacity() / kHurryShare / 2;
  });
  if (room) priority_.behind();
}

void TraceStore::trim_when_idle(bool stored) {
  idle_ticks_ = stored ? 0 : idle_ticks_ + 1;
  if (idle_ticks_ != kTrimTicks) return;
  for (Journal& journal : journals_) journal.trim();
}

void TraceStore::delete_old() {
  if (options_.retention_days <= 0 || clock_.now() < delete_next_) return;
  const std::int64_t cutoff_us = clock_.unix_us() - options_.retention_days * kDayUs;
  const auto deleted = drain_->delete_before(cutoff_us, kDeleteRows);
  if (!deleted) {
    failures_.fetch_add(1, std::memory_order_relaxed);
    options_.report("old traces could not be deleted: " + deleted.error().detail);
  }
  const bool finished = !deleted || *deleted == 0;
  if (finished) delete_next_ = clock_.now() + kDeleteInterval;
}

}  // namespace headgate::storage
