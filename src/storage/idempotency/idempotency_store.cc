#include "storage/idempotency/idempotency_store.h"

#include <algorithm>
#include <utility>

namespace headgate::storage {

using base::Errc;
using base::Result;

namespace {

constexpr base::seconds kExpireEvery{60};
constexpr std::int64_t kExpireRows = 256;  // at a time, so that callers never wait for all of it

}  // namespace

Result<std::unique_ptr<IdempotencyStore>> IdempotencyStore::open(const std::string& folder,
                                                                 std::int64_t age_max_us,
                                                                 const base::Clock& clock) {
  auto table = IdempotencyTable::open(folder);
  if (!table) return table.error();
  const auto released = table->release_all();
  if (!released) return released.error();
  return std::unique_ptr<IdempotencyStore>(
      new IdempotencyStore(std::move(*table), age_max_us, clock));
}

IdempotencyStore::IdempotencyStore(IdempotencyTable table, std::int64_t age_max_us,
                                   const base::Clock& clock)
    : table_(std::move(table)),
      age_max_us_(age_max_us),
      clock_(clock),
      thread_([this] { run(); }) {}

IdempotencyStore::~IdempotencyStore() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool IdempotencyStore::push(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= kJobsMax || bytes_ + job.bytes > kJobBytesMax) return false;
    bytes_ += job.bytes;
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

template <class T, class Work>
void IdempotencyStore::submit(Work work, Then<T> then, std::size_t bytes) {
  const bool taken =
      push({[work = std::move(work), then](IdempotencyTable& table) { then(work(table)); }, bytes});
  if (!taken) then(base::fail(Errc::overloaded, "too many idempotency keys are waiting"));
}

void IdempotencyStore::reserve(IdempotencyScope scope, KeptAnswer wanted, Then<KeptAnswer> then) {
  submit<KeptAnswer>(
      [this, scope = std::move(scope), wanted = std::move(wanted)](IdempotencyTable& table) {
        return table.reserve(scope, wanted, clock_.unix_us() - age_max_us_);
      },
      std::move(then));
}

void IdempotencyStore::keep(IdempotencyScope scope, KeptAnswer answer, Then<void> then) {
  const std::size_t bytes = answer.body.size();
  submit<void>([scope = std::move(scope), answer = std::move(answer)](
                   IdempotencyTable& table) { return table.keep(scope, answer); },
               std::move(then), bytes);
}

void IdempotencyStore::release(IdempotencyScope scope, std::string owner) {
  submit<void>([scope = std::move(scope), owner = std::move(owner)](
                   IdempotencyTable& table) { return table.release(scope, owner); },
               [](Result<void>) {});
}

void IdempotencyStore::run() {
  Job job;
  while (next(job)) {
    if (job.run) job.run(table_);
    job = {};
    expire_when_due();
  }
}

// False: stop. A job that runs nothing: it is time to look for what is old.
bool IdempotencyStore::next(Job& job) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, kExpireEvery, [this] { return stopping_ || !jobs_.empty(); });
  if (jobs_.empty()) return !stopping_;
  job = std::move(jobs_.front());
  jobs_.pop_front();
  bytes_ -= job.bytes;
  return true;
}

// A failure shows at the next job that writes; here it is only tried again.
void IdempotencyStore::expire_when_due() {
  const std::int64_t now_us = clock_.unix_us();
  if (now_us < expire_at_us_) return;
  const auto gone = table_.expire(now_us - age_max_us_, kExpireRows);
  if (gone && *gone == kExpireRows) return;  // more of it behind the next job
  expire_at_us_ = now_us + std::chrono::duration_cast<base::microseconds>(kExpireEvery).count();
}

}  // namespace headgate::storage
