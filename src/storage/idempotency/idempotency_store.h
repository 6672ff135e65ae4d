// The thread on which idempotency keys are reserved and their answers kept, so that no loop waits
// for a disk. Jobs run in the order they came; `then` of each is called on that thread, when what
// it did is committed. What is too old is deleted between them. Made by app.cc, safe from any
// thread; stops when it is destroyed, after what was handed to it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "storage/idempotency/idempotency_table.h"

namespace headgate::storage {

class IdempotencyStore {
 public:
  template <class T>
  using Then = std::function<void(base::Result<T>)>;

  /// `age_max_us`: older answers count for nothing and are deleted. `clock` outlives the store.
  /// REQUIRES: no other process writes the folder: what it had reserved is released.
  static base::Result<std::unique_ptr<IdempotencyStore>> open(const std::string& folder,
                                                              std::int64_t age_max_us,
                                                              const base::Clock& clock);
  ~IdempotencyStore();
  IdempotencyStore(const IdempotencyStore&) = delete;
  IdempotencyStore& operator=(const IdempotencyStore&) = delete;

  // Each may answer Errc::overloaded, on the caller's own thread, when too many jobs wait.
  void reserve(IdempotencyScope scope, KeptAnswer wanted, Then<KeptAnswer> then);
  void keep(IdempotencyScope scope, KeptAnswer answer, Then<void> then);
  /// Nobody is told: what stays reserved is taken by the next who asks.
  void release(IdempotencyScope scope, std::string owner);

 private:
  struct Job {
    std::function<void(IdempotencyTable&)> run;
    std::size_t bytes = 0;  // that it holds
  };
  static constexpr std::size_t kJobsMax = 10'000;
  static constexpr std::size_t kJobBytesMax = 256 * 1024 * 1024;

  IdempotencyStore(IdempotencyTable table, std::int64_t age_max_us, const base::Clock& clock);
  template <class T, class Work>
  void submit(Work work, Then<T> then, std::size_t bytes = 0);
  bool push(Job job);
  void run();
  bool next(Job& job);
  void expire_when_due();

  IdempotencyTable table_;
  std::int64_t age_max_us_;
  const base::Clock& clock_;
  std::int64_t expire_at_us_ = 0;  // of the store's own thread
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  std::size_t bytes_ = 0;  // of jobs_
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace headgate::storage
