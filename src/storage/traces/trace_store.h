// Where finished exchanges go. Each event loop has a sink, which copies a record into that loop's
// journal without a lock or a system call; one writer thread moves them into the partition of the
// day, a transaction each commit_interval. What a sink took before the process was killed is there
// after the next open(), exactly once. Owned by server/app.cc, which stops the loops before it
// closes the store.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "storage/folder_lock.h"
#include "storage/journal/journal.h"
#include "storage/tiers/caretaker.h"
#include "storage/traces/journal_drain.h"
#include "storage/traces/recovery.h"
#include "storage/traces/writer_priority.h"
#include "telemetry/sink.h"

namespace headgate::storage {

struct StorageOptions {
  std::string folder;
  std::size_t journal_bytes = std::size_t{16} << 20;  // a loop; a power of two
  std::int64_t retention_days = 30;                   // 0: for ever
  std::int64_t content_days = 0;                      // 0: as long as the spans
  std::int64_t aggregates_days = 400;                 // 0: for ever
  std::int64_t bytes_max = 0;                         // of the folder; 0: no limit
  bool text_index = true;
  base::milliseconds commit_interval{50};
  Report report = [](std::string_view) {};  // called from open() and from the writer thread
  std::shared_ptr<const SamplingPolicy> sampling = nullptr;  // null: everything stays
  /// Gets what sampling keeps (TraceSweeper::Options), on the caretaker's thread.
  std::function<bool(const telemetry::ExchangeRecord&)> exports = nullptr;
};

struct StorageStats {
  std::uint64_t stored = 0;   // exchanges, by this process
  std::uint64_t dropped = 0;  // exchanges that found their journal full, since it was made
  std::uint64_t shed = 0;     // exchanges kept without content because their journal was filling up
  std::uint64_t damaged = 0;  // runs of journal bytes that were no record, found by this process
  std::uint64_t failures = 0;       // attempts to write the database that failed and were repeated
  std::uint64_t pending_bytes = 0;  // taken, not yet in the database
  std::uint64_t days_dropped = 0;   // with their spans, by this process
  std::uint64_t contents_dropped = 0;  // days that lost only their content
  std::uint64_t dropped_for_room = 0;  // of both, because the folder was too large
  std::uint64_t folder_bytes = 0;      // when looked at last
};

class TraceStore {
 public:
  /// Locks the folder, brings it up to date, stores what an earlier process left behind and starts
  /// the writer. `clock` outlives the store.
  static base::Result<std::unique_ptr<TraceStore>> open(StorageOptions options, std::size_t loops,
                                                        const base::Clock& clock);
  ~TraceStore();
  TraceStore(const TraceStore&) = delete;
  TraceStore& operator=(const TraceStore&) = delete;

  /// For the thread of loop `loop` alone.
  telemetry::SpanSink& sink(std::size_t loop);

  /// Safe from any thread.
  StorageStats stats() const;
  /// Which traces stay: policy, flags, counts, from any thread. Everything else is the caretaker's.
  TraceSweeper& sampling() { return caretaker_->sampling(); }
  const SweepCounts& sampled() const { return caretaker_->sampling().counts(); }

  /// Stores what is pending and ends the writer. If the database cannot be written, gives up after
  /// a few seconds: the journals keep the records for the next open(). REQUIRES: no sink is in use.
  void close();

 private:
  class Sink;
  class Wake;
  TraceStore(StorageOptions options, const base::Clock& clock, FolderLock lock);
  base::Result<void> start(std::size_t loops);
  base::Result<void> make_journals(std::size_t loops, std::vector<Journal> old);
  base::Result<void> open_drain();

  void run();
  bool drain();
  base::Result<JournalDrain::Batch> store_batch();
  void step_behind();
  void trim_when_idle(bool stored);

  StorageOptions options_;
  const base::Clock& clock_;
  FolderLock lock_;
  std::vector<Journal> journals_;  // one a loop; never resized while anything points into it
  std::unique_ptr<Caretaker> caretaker_;
  std::optional<JournalDrain> drain_;
  std::unique_ptr<Wake> wake_;
  WriterPriority priority_;
  std::vector<std::unique_ptr<Sink>> sinks_;
  std::thread writer_;

  // Of the writer thread.
  base::milliseconds backoff_{0};
  Day writing_ = -1;
  int idle_ticks_ = 0;

  std::atomic<std::uint64_t> stored_{0};
  std::atomic<std::uint64_t> damaged_{0};
  std::atomic<std::uint64_t> failures_{0};
};

}  // namespace headgate::storage
