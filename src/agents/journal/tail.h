// The end of a run's journal: entries that were handed to the store, and how far they are on the
// disk. They get there in the order they came, and none behind one that failed. A run goes on ahead
// of the disk; before it does something that cannot be taken back, or anybody is told, it waits for
// on_disk(). Whoever follows the run is told of an entry when it is there. Belongs to one loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/async/cancellation.h"
#include "base/async/loop.h"
#include "base/async/task.h"
#include "storage/runs/run_store.h"

namespace headgate::agents {

class JournalTail {
 public:
  /// Told on the store's thread of the newest entry that is there.
  using OnWritten = std::function<void(std::int64_t seq)>;

  /// `seq`: of the newest entry that is on the disk. All outlive what was appended.
  JournalTail(base::Loop& loop, storage::RunStore& store, std::int64_t seq, OnWritten on_written);

  void append(storage::RunAppend more);
  /// What became of entries so far. Errors: storage_failed, now and from now on.
  base::Result<void> so_far() const;
  /// So many entries are not there yet that the run should wait: the disk has come to a stop.
  bool is_far_ahead() const;
  /// Until all that was appended is there. Errors: storage_failed.
  base::Task<void> on_disk();

 private:
  struct Written;

  base::Loop& loop_;
  storage::RunStore& store_;
  OnWritten on_written_;
  std::int64_t seq_;  // of the newest entry that was appended
  std::shared_ptr<Written> written_;
  base::Cancellation never_;
};

}  // namespace headgate::agents
