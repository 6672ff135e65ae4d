// A table of SQLite with a thread of its own: loops hand it work and are told, on that thread, when
// what it did is committed. Between jobs it deletes what is too old, a few rows at a time, so that
// nobody waits for all of it. Safe from any thread; stops after what was handed to it.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "storage/job_thread.h"

namespace headgate::storage {

template <class T>
using Then = std::function<void(base::Result<T>)>;

/// Table has `Result<int64_t> expire(before_unix_us, rows_max)`, the number of rows deleted.
template <class Table>
class TableThread {
 public:
  /// `age_max_us`: older rows are deleted; 0: never. `clock` outlives this.
  TableThread(Table table, std::int64_t age_max_us, const base::Clock& clock)
      : table_(std::move(table)),
        age_max_us_(age_max_us),
        clock_(clock),
        jobs_([this] { expire_when_due(); }) {}

  /// `work(table)` is a Result<T>, which `then` gets; Errc::overloaded, on the caller's own thread,
  /// when too much waits. `bytes`: that the work holds.
  template <class T, class Work>
  void submit(Work work, Then<T> then, std::size_t bytes = 0) {
    const bool taken =
        jobs_.push([this, work = std::move(work), then] { then(work(table_)); }, bytes);
    if (!taken) then(base::fail(base::Errc::overloaded, "too many jobs of the store are waiting"));
  }

  /// What is older counts for nothing.
  std::int64_t oldest_us() const { return clock_.unix_us() - age_max_us_; }

 private:
  static constexpr std::int64_t kExpireRows = 256;

  // A failure shows at the next job that writes; here it is only tried again.
  void expire_when_due() {
    const std::int64_t now_us = clock_.unix_us();
    if (age_max_us_ == 0 || now_us < expire_at_us_) return;
    const auto gone = table_.expire(oldest_us(), kExpireRows);
    if (gone && *gone == kExpireRows) return;  // more of it behind the next jobs
    expire_at_us_ = now_us + base::microseconds(JobThread::kBetweenEvery).count();
  }

  Table table_;
  std::int64_t age_max_us_;
  const base::Clock& clock_;
  std::int64_t expire_at_us_ = 0;  // of the thread
  JobThread jobs_;                 // last: it uses the others
};

}  // namespace headgate::storage
