// Tail sampling: reads what the writer has stored, waits until traces have ended, decides, and
// deletes those that do not stay. A step does a bounded part of it. Whatever ends the process, a
// trace is there whole or not at all, also when it is divided by midnight: finish_removals() goes
// first after an interruption. Of the caretaker's thread, but for what says otherwise.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "storage/partitions/record_reader.h"
#include "storage/sampling/decided.h"
#include "storage/sampling/pending.h"
#include "storage/sampling/policy.h"
#include "storage/sampling/recent_policies.h"
#include "storage/sampling/swept_day.h"
#include "telemetry/span.h"

namespace headgate::storage {

/// For the metrics: may be read from any thread.
struct SweepCounts {
  std::array<std::atomic<std::uint64_t>, kKeptForCount> kept{};  // traces, by reason
  std::atomic<std::uint64_t> dropped{0};                         // traces
  std::atomic<std::uint64_t> calls_dropped{0};                   // records of theirs
  std::atomic<std::uint64_t> late{0};   // records that came when their trace was decided
  std::atomic<std::uint64_t> early{0};  // traces decided before their time: too many were waiting
  std::atomic<std::uint64_t> flags_late{0};   // flags on traces that had gone
  std::atomic<std::uint64_t> export_lost{0};  // kept records whose content was gone before
  std::atomic<std::uint64_t> bytes_freed{0};  // of content
  std::atomic<std::uint64_t> undecided{0};    // records that wait, now
  std::atomic<std::uint64_t> routes{0};       // that are sampled by the policy in force
};

/// What has just been done; for tests of what follows when it was the last thing.
enum class SweepPoint : std::uint8_t { exported, deleted, deleted_elsewhere, cleared, freed };

class TraceSweeper {
 public:
  struct Options {
    std::string folder;
    std::shared_ptr<const SamplingPolicy> policy;  // null: nothing is sampled
    /// Called before the partition is locked against its writer.
    std::function<void()> before_write = [] {};
    /// Gets each record that stays and was deferred (SamplingPolicy::defers), before that is noted:
    /// perhaps twice, never not at all. False: not now, ask again. Null: nobody wants them.
    std::function<bool(const telemetry::ExchangeRecord&)> exports = nullptr;
    std::function<void(SweepPoint)> reached = [](SweepPoint) {};
    std::size_t rows_max = 300'000;  // records that may wait; beyond, the quietest is decided
  };
  /// `clock` outlives the sweeper.
  TraceSweeper(Options options, const base::Clock& clock);
  ~TraceSweeper();
  TraceSweeper(const TraceSweeper&) = delete;
  TraceSweeper& operator=(const TraceSweeper&) = delete;

  // Safe from any thread.
  /// Of records that are read from now on. What was decided stays.
  void set_policy(std::shared_ptr<const SamplingPolicy> policy);
  /// The trace is to be kept, if it has not gone: its answer was judged badly, somebody asks for
  /// it. Outlives the process once a step was done.
  void flag(const base::TraceId& trace);
  const SweepCounts& counts() const { return counts_; }

  /// Takes up what an earlier process left. From now on what is stored is sampled; without, from
  /// the first step.
  base::Result<void> begin(Day writing);
  /// Does some of what there is to do. `writing`: the day that records are stored in. True: there
  /// may be more to do at once.
  base::Result<bool> step(Day writing);
  /// Up to which row of a day everything is decided; INT64_MAX: all of it.
  std::int64_t settled_to(Day day) const;
  /// Lets go of a day's files: they are about to be deleted.
  void let_go(Day day);

 private:
  enum class Kind : std::uint8_t { first, late, known };  // known: noted by an earlier process
  // What is decided and has to be done.
  struct Ready {
    base::TraceId trace;
    TraceFate fate;
    std::vector<RecordRow> rows;
    Kind kind = Kind::first;
    bool notes = false;  // what was decided of the trace, for later processes
  };
  // What is done at once, and how far it is.
  struct Round {
    std::vector<Ready> ready;
    std::map<Day, DayWork> work;  // that is not done yet
    std::size_t exported = 0;     // of ready
    bool is_deleted = false;      // in the newest day, which knows of the others
    bool is_divided = false;      // rows of others have to go with them
  };

  base::Result<void> follow(Day day, SweptDay::Begin begin);
  base::Result<void> follow_writing(Day writing);
  base::Result<void> read_decisions();
  void take_policy();
  base::Result<void> take_flags();
  base::Result<bool> scan();
  void take(Day day, const SweptRecord& record);
  bool is_deferred(const RecordFacts& facts) const;
  void make_ready(PendingTrace trace);
  bool take_due(bool is_read);
  void make_round();
  base::Result<bool> finish_round();
  base::Result<bool> export_round();
  base::Result<bool> export_rows(const Ready& ready);
  base::Result<void> delete_round();
  base::Result<void> delete_elsewhere(SweptDay& newest);
  void count(const Ready& ready);
  base::Result<bool> free_content();
  base::Result<void> retire_days(Day writing);
  base::Result<void> stop_if_idle();

  Options options_;
  const base::Clock& clock_;
  SweepCounts counts_;
  RecordReader reader_;

  std::mutex mutex_;  // of what other threads set
  std::shared_ptr<const SamplingPolicy> wanted_;
  std::vector<base::TraceId> flags_;

  RecentPolicies policies_;  // that one, and those by which records may have been deferred
  bool begun_ = false;
  bool was_sampled_ = false;  // by this process, or the one before
  std::map<Day, std::unique_ptr<SweptDay>> days_;
  PendingTraces pending_;
  DecidedTraces decided_;
  std::unordered_set<base::TraceId, TraceHash> flagged_;  // of which nothing was read yet
  std::vector<Ready> ready_;
  std::optional<Round> round_;
  std::size_t ready_rows_ = 0;
  bool has_dead_ = true;  // content may be there to be freed
};

/// Ends the deletion of traces that a process left half done. REQUIRES: the folder's lock.
base::Result<void> finish_removals(const std::string& folder);

}  // namespace headgate::storage
