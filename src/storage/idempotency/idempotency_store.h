// The thread on which idempotency keys are reserved and their answers kept, so that no loop waits
// for a disk. Jobs run in the order they came; `then` of each is called on that thread, when what
// it did is committed. What is too old is deleted between them. Made by app.cc, safe from any
// thread; stops when it is destroyed, after what was handed to it.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "storage/idempotency/idempotency_table.h"
#include "storage/table_thread.h"

namespace headgate::storage {

class IdempotencyStore {
 public:
  /// `age_max_us`: older answers count for nothing and are deleted. `clock` outlives the store.
  /// REQUIRES: no other process writes the folder: what it had reserved is released.
  static base::Result<std::unique_ptr<IdempotencyStore>> open(const std::string& folder,
                                                              std::int64_t age_max_us,
                                                              const base::Clock& clock);

  // Each may answer Errc::overloaded, on the caller's own thread, when too many jobs wait.
  void reserve(IdempotencyScope scope, KeptAnswer wanted, Then<KeptAnswer> then);
  void keep(IdempotencyScope scope, KeptAnswer answer, Then<void> then);
  /// Nobody is told: what stays reserved is taken by the next who asks.
  void release(IdempotencyScope scope, std::string owner);

 private:
  IdempotencyStore(IdempotencyTable table, std::int64_t age_max_us, const base::Clock& clock)
      : thread_(std::move(table), age_max_us, clock) {}

  TableThread<IdempotencyTable> thread_;
};

}  // namespace headgate::storage
