// The thread on which calls are queued and their replies kept, so that no loop waits for a disk.
// `then` of each job is called on that thread, when what it did is committed. What has expired is
// deleted between them. Made by app.cc, safe from any thread; stops when it is destroyed, after
// what was handed to it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "storage/queued/queued_call_table.h"
#include "storage/table_thread.h"

namespace headgate::storage {

class QueuedCallStore {
 public:
  /// `clock` outlives the store. REQUIRES: no other process writes the folder: what it had taken is
  /// due again.
  static base::Result<std::unique_ptr<QueuedCallStore>> open(const std::string& folder,
                                                             const base::Clock& clock);

  // Each may answer Errc::overloaded, on the caller's own thread, when too many jobs wait.
  void insert(QueuedCall call, QueueLimits limits, Then<void> then);
  void take(std::int64_t again_unix_us, std::int64_t calls_max, Then<std::vector<QueuedCall>> then);
  /// Nobody is told: what is not put back is due again at its next turn.
  void put_back(std::string id, std::int64_t due_unix_us, bool tried);
  void finish(std::string id, QueuedReply reply, Then<void> then);
  void find(std::string owner, std::string id, Then<QueuedReply> then);

  const QueueCounts& counts() const { return *counts_; }

 private:
  QueuedCallStore(QueuedCallTable table, std::shared_ptr<QueueCounts> counts,
                  const base::Clock& clock)
      : clock_(clock), counts_(std::move(counts)), thread_(std::move(table), kAgeUs, clock) {}

  static constexpr std::int64_t kAgeUs = 1;  // rows say themselves when they expire

  const base::Clock& clock_;
  std::shared_ptr<QueueCounts> counts_;
  TableThread<QueuedCallTable> thread_;
};

}  // namespace headgate::storage
