#include "storage/responses/response_store.h"

#include <algorithm>
#include <utility>

namespace headgate::storage {

using base::Errc;
using base::Result;

namespace {

constexpr base::seconds kExpireEvery{60};
constexpr std::int64_t kExpireRows = 256;  // at a time, so that callers never wait for all of it

}  // namespace

Result<std::unique_ptr<ResponseStore>> ResponseStore::open(const std::string& folder,
                                                           std::int64_t age_max_us,
                                                           const base::Clock& clock) {
  auto table = ResponseTable::open(folder);
  if (!table) return table.error();
  return std::unique_ptr<ResponseStore>(new ResponseStore(std::move(*table), age_max_us, clock));
}

ResponseStore::ResponseStore(ResponseTable table, std::int64_t age_max_us, const base::Clock& clock)
    : table_(std::move(table)),
      age_max_us_(age_max_us),
      clock_(clock),
      thread_([this] { run(); }) {}

ResponseStore::~ResponseStore() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool ResponseStore::push(Job job) {
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
void ResponseStore::submit(Work work, Then<T> then, std::size_t bytes) {
  const bool taken =
      push({[work = std::move(work), then](ResponseTable& table) { then(work(table)); }, bytes});
  if (!taken) then(base::fail(Errc::overloaded, "too many stored responses are waiting"));
}

void ResponseStore::insert(StoredResponse response, Then<void> then) {
  const std::size_t bytes = response.entry.size();
  submit<void>(
      [response = std::move(response)](ResponseTable& table) { return table.insert(response); },
      std::move(then), bytes);
}

void ResponseStore::find(std::string tenant, std::string id, Then<StoredResponse> then) {
  submit<StoredResponse>([tenant = std::move(tenant), id = std::move(id)](
                             ResponseTable& table) { return table.find(tenant, id); },
                         std::move(then));
}

void ResponseStore::chain(std::string tenant, std::string id,
                          Then<std::vector<StoredResponse>> then) {
  submit<std::vector<StoredResponse>>([tenant = std::move(tenant), id = std::move(id)](
                                          ResponseTable& table) { return table.chain(tenant, id); },
                                      std::move(then));
}

void ResponseStore::erase(std::string tenant, std::string id, Then<bool> then) {
  submit<bool>([tenant = std::move(tenant),
                id = std::move(id)](ResponseTable& table) { return table.erase(tenant, id); },
               std::move(then));
}

void ResponseStore::run() {
  Job job;
  while (next(job)) {
    if (job.run) job.run(table_);
    job = {};
    expire_when_due();
  }
}

// False: stop. A job that runs nothing: it is time to look for what is old.
bool ResponseStore::next(Job& job) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, kExpireEvery, [this] { return stopping_ || !jobs_.empty(); });
  if (jobs_.empty()) return !stopping_;
  job = std::move(jobs_.front());
  jobs_.pop_front();
  bytes_ -= job.bytes;
  return true;
}

// A failure shows at the next job that writes; here it is only tried again.
void ResponseStore::expire_when_due() {
  const std::int64_t now_us = clock_.unix_us();
  if (age_max_us_ == 0 || now_us < expire_at_us_) return;
  const auto gone = table_.expire(now_us - age_max_us_, kExpireRows);
  if (gone && *gone == kExpireRows) return;  // more of it behind the next job
  expire_at_us_ = now_us + std::chrono::duration_cast<base::microseconds>(kExpireEvery).count();
}

}  // namespace headgate::storage
