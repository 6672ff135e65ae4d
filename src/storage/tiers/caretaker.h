// Everything about traces that is done behind the writer's back, on one thread of low priority:
// closing the partitions of past days, retention, keeping the folder within its size, the text
// index, sampling. Owned by the trace store, which tells it what the writer does; its counts may be
// read from any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "storage/partitions/partition.h"
#include "storage/sampling/sweeper.h"
#include "storage/text/text_indexer.h"
#include "storage/tiers/tier_plan.h"
#include "storage/traces/writer_priority.h"

namespace headgate::storage {

struct TierCounts {
  std::atomic<std::uint64_t> days_dropped{0};      // with their spans
  std::atomic<std::uint64_t> contents_dropped{0};  // days that lost only their content
  std::atomic<std::uint64_t> dropped_for_room{0};  // of both, and of today's content, for bytes_max
  std::atomic<std::uint64_t> failures{0};
  std::atomic<std::uint64_t> bytes{0};  // of the folder, when looked at last
};

class Caretaker {
 public:
  struct Options {
    std::string folder;
    TierPolicy policy;
    bool text_index = true;
    std::function<void(std::string_view)> report;
    std::shared_ptr<const SamplingPolicy> sampling = nullptr;  // null: everything stays
    /// Of records that stay (TraceSweeper::Options).
    std::function<bool(const telemetry::ExchangeRecord&)> exports = nullptr;
  };
  /// `clock` outlives the caretaker.
  Caretaker(Options options, const base::Clock& clock);
  ~Caretaker();
  /// Closes what was retired and ends the thread; counts stay readable.
  void stop();
  Caretaker(const Caretaker&) = delete;
  Caretaker& operator=(const Caretaker&) = delete;

  /// When the writer has opened `day` and has not written yet. Nothing is done before.
  void begin(Day day);

  // For the writer.
  /// From now on `day` is written. Waits while that very day is being dropped.
  void writing(Day day);
  void retire(std::unique_ptr<Partition> partition);

  const TierCounts& counts() const { return counts_; }
  /// What sampling does: policy, flags, counts. Of that what is safe from any thread.
  TraceSweeper& sampling() { return sweeper_; }
  const TraceSweeper& sampling() const { return sweeper_; }

 private:
  void run();
  bool step_behind();
  bool wait(base::milliseconds at_most);
  void close_retired();
  Day writing_now();
  void keep_tiers();
  bool sweep_some();
  bool index_some();
  void apply(const TierStep& step);
  void trim(const TierStep& step);
  void failed(std::string_view what, const base::Error& error);

  Options options_;
  const base::Clock& clock_;
  TierCounts counts_;
  WriterPriority priority_;
  // Of the thread.
  base::MonoTime tiers_next_;
  TraceSweeper sweeper_;
  std::atomic<bool> begun_{false};
  text::TextIndexer indexer_;
  bool sweep_failing_ = false;
  bool index_failing_ = false;
  std::mutex folder_mutex_;  // held while files of a day go
  Day writing_ = -1;
  std::mutex mutex_;
  std::condition_variable condition_;
  std::vector<std::unique_ptr<Partition>> retired_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace headgate::storage
