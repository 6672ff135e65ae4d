// The thread on which stored answers are read and written, so that no loop waits for a disk. Jobs
// run in the order they came; `then` of each is called on that thread. Made by app.cc, safe from
// any thread; stops when it is destroyed, after what was handed to it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "storage/responses/response_table.h"

namespace headgate::storage {

class ResponseStore {
 public:
  template <class T>
  using Then = std::function<void(base::Result<T>)>;

  /// `age_max_us`: older answers are forgotten; 0: never.
  static base::Result<std::unique_ptr<ResponseStore>> open(const std::string& folder,
                                                           std::int64_t age_max_us);
  ~ResponseStore();
  ResponseStore(const ResponseStore&) = delete;
  ResponseStore& operator=(const ResponseStore&) = delete;

  // Each may answer Errc::overloaded, on the caller's own thread, when too many jobs wait.
  void insert(StoredResponse response, Then<void> then);
  void find(std::string tenant, std::string id, Then<StoredResponse> then);
  void chain(std::string tenant, std::string id, Then<std::vector<StoredResponse>> then);
  void erase(std::string tenant, std::string id, Then<bool> then);

 private:
  using Job = std::function<void(ResponseTable&)>;
  static constexpr std::size_t kJobsMax = 10'000;
  static constexpr std::size_t kChainMax = 1'000;

  ResponseStore(ResponseTable table, std::int64_t age_max_us);
  template <class T, class Work>
  void submit(Work work, Then<T> then);
  bool push(Job job);
  void run();

  ResponseTable table_;
  std::int64_t age_max_us_;
  std::int64_t newest_us_ = 0;
  std::size_t inserted_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace headgate::storage
