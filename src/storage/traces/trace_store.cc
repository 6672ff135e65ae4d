#include "storage/traces/trace_store.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <utility>

#include "storage/partitions/old_store.h"
#include "telemetry/span_codec.h"

namespace headgate::storage {
namespace {

constexpr std::size_t kBatchBytes = std::size_t{1} << 20;
constexpr base::milliseconds kBackoffMin{100};
constexpr base::milliseconds kBackoffMax{5000};
constexpr int kClosingAttempts = 5;
constexpr std::size_t kHurryShare = 4;         // of a journal; fuller than that, the writer hurries
constexpr base::milliseconds kBehindMax{250};  // a drain that takes longer gets its share of a core
constexpr int kTrimTicks = 20;  // idle for so many commit intervals: give memory back

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
  /// Under the lock: stop() must not find the writer on its way behind the loops.
  void unless_stopping(const std::function<void()>& action) {
    const std::lock_guard lock(mutex_);
    if (!stopping_) action();
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

TraceStore::TraceStore(StorageOptions options, const base::Clock& clock, FolderLock lock)
    : options_(std::move(options)),
      clock_(clock),
      lock_(std::move(lock)),
      wake_(std::make_unique<Wake>()) {}

TraceStore::~TraceStore() { close(); }

base::Result<std::unique_ptr<TraceStore>> TraceStore::open(StorageOptions options,
                                                           std::size_t loops,
                                                           const base::Clock& clock) {
  auto lock = FolderLock::acquire(options.folder);
  if (!lock) return lock.error();
  const auto prepared = prepare_folder(options.folder, options.report);
  if (!prepared) return prepared.error();
  std::unique_ptr<TraceStore> store(new TraceStore(std::move(options), clock, std::move(*lock)));
  const auto started = store->start(loops);
  if (!started) return started.error();
  return store;
}

base::Result<void> TraceStore::start(std::size_t loops) {
  const auto removed = finish_removals(options_.folder);
  if (!removed) return removed;
  auto recovered = recover_journals(options_.folder, day_of(clock_.unix_us()), options_.report);
  if (!recovered) return recovered.error();
  damaged_ = recovered->damaged;
  if (recovered->stored > 0) {
    options_.report("recovered " + std::to_string(recovered->stored) +
                    " traces that an earlier process had not stored");
  }
  const auto made = make_journals(loops, std::move(recovered->journals));
  if (!made) return made.error();
  for (Journal& journal : journals_) {
    sinks_.push_back(std::make_unique<Sink>(journal, *wake_, priority_));
  }
  const auto opened = open_drain();
  if (!opened) return opened.error();
  writer_ = std::thread([this] { run(); });
  return {};
}

base::Result<void> TraceStore::open_drain() {
  const TierPolicy policy{options_.content_days, options_.retention_days, options_.aggregates_days,
                          options_.bytes_max};
  caretaker_ = std::make_unique<Caretaker>(
      Caretaker::Options{options_.folder, policy, options_.text_index, options_.report,
                         options_.sampling, options_.exports},
      clock_);
  std::vector<Journal*> journals;
  for (Journal& journal : journals_) journals.push_back(&journal);
  auto drain = JournalDrain::open(
      options_.folder, journals,
      {[this](auto partition) { caretaker_->retire(std::move(partition)); }, options_.report});
  if (!drain) return drain.error();
  drain_.emplace(std::move(*drain));
  const Day today = day_of(clock_.unix_us());
  caretaker_->writing(today);
  const auto opened = drain_->switch_to(today);
  if (opened) caretaker_->begin(today);
  return opened;
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
  const TierCounts& tiers = caretaker_->counts();
  stats.failures += tiers.failures.load(std::memory_order_relaxed);
  stats.days_dropped = tiers.days_dropped.load(std::memory_order_relaxed);
  stats.contents_dropped = tiers.contents_dropped.load(std::memory_order_relaxed);
  stats.dropped_for_room = tiers.dropped_for_room.load(std::memory_order_relaxed);
  stats.folder_bytes = tiers.bytes.load(std::memory_order_relaxed);
  return stats;
}

void TraceStore::close() {
  if (!writer_.joinable()) return;
  wake_->stop();
  priority_.beside();
  writer_.join();
  drain_.reset();
  caretaker_->stop();
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
    drain();
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
    const auto batch = store_batch();
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
  if (room) wake_->unless_stopping([this] { priority_.behind(); });
}

void TraceStore::trim_when_idle(bool stored) {
  idle_ticks_ = stored ? 0 : idle_ticks_ + 1;
  if (idle_ticks_ != kTrimTicks) return;
  for (Journal& journal : journals_) journal.trim();
}

// Into the partition of this day; the first of a new day opens it.
base::Result<JournalDrain::Batch> TraceStore::store_batch() {
  const Day today = day_of(clock_.unix_us());
  if (today != writing_) {
    caretaker_->writing(today);
    writing_ = today;
  }
  const auto opened = drain_->switch_to(today);
  if (!opened) return opened.error();
  return drain_->store_batch(kBatchBytes);
}

}  // namespace headgate::storage
