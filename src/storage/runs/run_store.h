// The journal of runs: a thread that writes entries, so that no loop waits for a disk. All that
// waits is written in one transaction with one sync; `then` of each is called on that thread, when
// it is on the disk, in the order it was handed over. Whoever acts on an entry acts after that.
// Made by app.cc, safe from any thread; stops when it is destroyed, after what was handed to it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "storage/job_thread.h"
#include "storage/runs/run_table.h"
#include "storage/table_thread.h"

namespace headgate::storage {

class RunStore {
 public:
  struct Options {
    std::int64_t age_max_us = 0;     // runs that ended earlier are deleted; 0: never
    std::vector<std::string> ended;  // the statuses of runs that have ended
  };
  /// `clock` outlives the store. REQUIRES: no other process writes the folder (folder_lock.h).
  static base::Result<std::unique_ptr<RunStore>> open(const std::string& folder, Options options,
                                                      const base::Clock& clock);

  // Each may answer Errc::overloaded, on the caller's own thread, when too much waits.
  void create(NewRun run, Then<CreatedRun> then);
  void append(RunAppend more, Then<void> then);
  void find(std::string id, Then<StoredRun> then);
  void row(std::string id, Then<RunRow> then);
  void entries_after(std::string id, std::int64_t seq, Then<std::vector<RunEntry>> then);
  void list(RunFilter filter, Then<std::vector<RunRow>> then);
  void ids_of(std::string status, Then<std::vector<std::string>> then);
  void newest_of(SessionKey key, std::string agent, std::string status,
                 Then<std::optional<StoredRun>> then);
  void sessions(std::string owner, std::string user, std::int64_t rows_max,
                Then<std::vector<SessionRow>> then);
  /// What is erased is in no file of the database any more when `then` is told.
  void erase(SessionKey key, Then<std::int64_t> then);

  struct Stats {
    std::uint64_t entries;  // written by this process
    std::uint64_t commits;
    std::uint64_t failures;  // transactions that could not be committed
  };
  Stats stats() const { return {entries_.load(), commits_.load(), failures_.load()}; }

 private:
  RunStore(RunTable table, Options options, const base::Clock& clock)
      : table_(std::move(table)),
        options_(std::move(options)),
        clock_(clock),
        thread_([this] { finish_batch(); }) {}

  template <class T, class Work>
  void submit(Work work, Then<T> then, std::size_t bytes = 0);
  template <class T, class Work>
  base::Result<T> step(const Work& work);
  base::Result<void> begin();
  void finish_batch();
  void expire_when_due();

  RunTable table_;
  const Options options_;
  const base::Clock& clock_;
  std::optional<Transaction> transaction_;
  std::vector<std::function<void(const base::Result<void>&)>> batch_;
  bool has_erased_ = false;  // in this batch
  std::int64_t expire_at_us_ = 0;
  std::atomic<std::uint64_t> entries_{0};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> failures_{0};
  JobThread thread_;  // last: it uses the others
};

}  // namespace headgate::storage
