// One day's partition as sampling sees it, on a connection of its own beside the writer's: reads
// records in the order of storing, deletes those of traces that go, and remembers up to which row
// everything is decided. Every change is one transaction; what it leaves to be done is in the
// partition. Of the caretaker's thread. REQUIRES: the folder's lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "storage/partitions/day.h"
#include "storage/partitions/record_log.h"
#include "storage/sampling/decided.h"
#include "storage/sampling/pending.h"
#include "storage/sqlite.h"

namespace headgate::storage {

/// What a round does to one day.
struct DayWork {
  struct Kept {
    std::int64_t id = 0;
    std::uint32_t ppm = kAllPpm;
    KeptFor reason = KeptFor::chance;
  };
  std::vector<std::int64_t> dropped;  // first rows of records
  std::vector<Kept> kept;             // likewise; only what has something to be noted
  std::vector<std::int64_t> settled;  // all of them, and those of which nothing is to be noted
  bool empty() const { return dropped.empty() && kept.empty(); }
};

/// A record that was read.
struct SweptRecord {
  base::TraceId trace;
  std::int64_t id = 0;
  RecordFacts facts;
  bool is_settled = false;  // an earlier process had decided, and noted it
};

class SweptDay {
 public:
  enum class Begin : std::uint8_t { at_start, at_end };  // where it was never swept
  static base::Result<std::unique_ptr<SweptDay>> open(const std::string& folder, Day day,
                                                      Begin begin);

  Day day() const { return day_; }
  /// Everything up to here is decided, and done.
  std::int64_t settled_to() const { return settled_to_; }
  bool has_undecided() const { return !undecided_.empty(); }

  /// Reads records that are new, about `rows_max` rows. True: there is more.
  base::Result<bool> scan(std::size_t rows_max,
                          const std::function<void(const SweptRecord&)>& take);

  /// Does `work`, and notes `decided` and rows of other days that have yet to go, all or nothing.
  base::Result<void> apply(const DayWork& work, const std::vector<Decided>& decided,
                           const std::vector<std::pair<Day, std::int64_t>>& elsewhere);
  /// Nothing is left to be done in other days.
  base::Result<void> clear_unfinished();
  base::Result<std::vector<std::pair<Day, std::int64_t>>> unfinished();

  /// Where the content of a record is; nothing when the record is not there.
  base::Result<LogPlace> place_of(std::int64_t id);

  /// Frees the content of about `places_max` deleted records. True: there is more.
  base::Result<bool> free_content(std::size_t places_max, std::uint64_t& bytes_freed);

  /// Nothing of this day will ever have to be decided any more.
  base::Result<void> finish();
  /// Nothing is sampled any more: as if it never had been.
  base::Result<void> forget();

  base::Result<void> add_flagged(const base::TraceId& trace);
  base::Result<std::vector<base::TraceId>> flagged();
  /// The newest decisions, newest first, at most about `count`.
  base::Result<std::vector<Decided>> decided(std::size_t count);

 private:
  SweptDay(std::string folder, Day day, std::unique_ptr<Database> database);
  base::Result<void> load(Begin begin);
  base::Result<void> drop(const std::vector<std::int64_t>& ids);
  base::Result<void> note_kept(const std::vector<DayWork::Kept>& kept);
  base::Result<void> note_decided(const std::vector<Decided>& decided);
  base::Result<void> note_elsewhere(const std::vector<std::pair<Day, std::int64_t>>& rows);
  base::Result<void> prune_decided();
  std::int64_t settle(const std::vector<std::int64_t>& ids);

  struct Undecided {
    std::int64_t id = 0;
    bool is_settled = false;
  };
  std::string folder_;
  Day day_;
  std::unique_ptr<Database> database_;
  std::int64_t scanned_to_ = 0;
  std::int64_t settled_to_ = 0;
  std::int64_t noted_to_ = 0;        // of that, in the partition
  std::deque<Undecided> undecided_;  // by id; the first is not settled
};

/// What an earlier process left in a partition. Opens it for reading alone.
struct SweptBefore {
  bool swept = false;         // it was sampled, and is not over
  bool over = false;          // it was sampled to its end
  bool has_leavings = false;  // content to be freed, rows of other days
};
base::Result<SweptBefore> look_at_day(const std::string& folder, Day day);

}  // namespace headgate::storage
