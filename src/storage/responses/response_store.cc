#include "storage/responses/response_store.h"

#include <algorithm>
#include <utility>

namespace headgate::storage {

using base::Errc;
using base::Result;

namespace {

constexpr std::size_t kExpireEvery = 1'000;  // inserts

}  // namespace

Result<std::unique_ptr<ResponseStore>> ResponseStore::open(const std::string& folder,
                                                           std::int64_t age_max_us) {
  auto table = ResponseTable::open(folder);
  if (!table) return table.error();
  return std::unique_ptr<ResponseStore>(new ResponseStore(std::move(*table), age_max_us));
}

ResponseStore::ResponseStore(ResponseTable table, std::int64_t age_max_us)
    : table_(std::move(table)), age_max_us_(age_max_us), thread_([this] { run(); }) {}

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
    if (jobs_.size() >= kJobsMax) return false;
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

template <class T, class Work>
void ResponseStore::submit(Work work, Then<T> then) {
  const bool taken =
      push([work = std::move(work), then](ResponseTable& table) { then(work(table)); });
  if (!taken) then(base::fail(Errc::overloaded, "too many stored responses are waiting"));
}

void ResponseStore::insert(StoredResponse response, Then<void> then) {
  submit<void>(
      [this, response = std::move(response)](ResponseTable& table) {
        newest_us_ = std::max(newest_us_, response.created_unix_us);
        auto inserted = table.insert(response);
        const bool due = age_max_us_ > 0 && ++inserted_ % kExpireEvery == 1;
        if (inserted && due) inserted = table.expire(newest_us_ - age_max_us_);
        return inserted;
      },
      std::move(then));
}

void ResponseStore::find(std::string tenant, std::string id, Then<StoredResponse> then) {
  submit<StoredResponse>([tenant = std::move(tenant), id = std::move(id)](
                             ResponseTable& table) { return table.find(tenant, id); },
                         std::move(then));
}

void ResponseStore::chain(std::string tenant, std::string id,
                          Then<std::vector<StoredResponse>> then) {
  submit<std::vector<StoredResponse>>(
      [tenant = std::move(tenant), id = std::move(id)](ResponseTable& table) {
        return table.chain(tenant, id, kChainMax);
      },
      std::move(then));
}

void ResponseStore::erase(std::string tenant, std::string id, Then<bool> then) {
  submit<bool>([tenant = std::move(tenant),
                id = std::move(id)](ResponseTable& table) { return table.erase(tenant, id); },
               std::move(then));
}

void ResponseStore::run() {
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job(table_);
  }
}

}  // namespace headgate::storage
