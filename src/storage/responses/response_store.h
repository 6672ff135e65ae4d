// The thread on which stored answers are read and written, so that no loop waits for a disk. Jobs
// run in the order they came; `then` of each is called on that thread, when what it did is
// committed. What is too old is deleted between them. Made by app.cc, safe from any thread; stops
// when it is destroyed, after what was handed to it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "storage/responses/response_table.h"
#include "storage/table_thread.h"

namespace headgate::storage {

class ResponseStore {
 public:
  /// `age_max_us`: older answers are deleted; 0: never. `clock` outlives the store.
  static base::Result<std::unique_ptr<ResponseStore>> open(const std::string& folder,
                                                           std::int64_t age_max_us,
                                                           const base::Clock& clock);

  // Each may answer Errc::overloaded, on the caller's own thread, when too many jobs wait.
  void insert(StoredResponse response, Then<void> then);
  void find(std::string tenant, std::string id, Then<StoredResponse> then);
  void chain(std::string tenant, std::string id, Then<std::vector<StoredResponse>> then);
  void erase(std::string tenant, std::string id, Then<bool> then);

 private:
  ResponseStore(ResponseTable table, std::int64_t age_max_us, const base::Clock& clock)
      : thread_(std::move(table), age_max_us, clock) {}

  TableThread<ResponseTable> thread_;
};

}  // namespace headgate::storage
