#include "storage/responses/response_store.h"

#include <utility>

namespace headgate::storage {

using base::Result;

Result<std::unique_ptr<ResponseStore>> ResponseStore::open(const std::string& folder,
                                                           std::int64_t age_max_us,
                                                           const base::Clock& clock) {
  auto table = ResponseTable::open(folder);
  if (!table) return table.error();
  return std::unique_ptr<ResponseStore>(new ResponseStore(std::move(*table), age_max_us, clock));
}

void ResponseStore::insert(StoredResponse response, Then<void> then) {
  const std::size_t bytes = response.entry.size();
  thread_.submit<void>(
      [response = std::move(response)](ResponseTable& table) { return table.insert(response); },
      std::move(then), bytes);
}

void ResponseStore::find(std::string tenant, std::string id, Then<StoredResponse> then) {
  thread_.submit<StoredResponse>([tenant = std::move(tenant), id = std::move(id)](
                                     ResponseTable& table) { return table.find(tenant, id); },
                                 std::move(then));
}

void ResponseStore::chain(std::string tenant, std::string id,
                          Then<std::vector<StoredResponse>> then) {
  thread_.submit<std::vector<StoredResponse>>(
      [tenant = std::move(tenant), id = std::move(id)](ResponseTable& table) {
        return table.chain(tenant, id);
      },
      std::move(then));
}

void ResponseStore::erase(std::string tenant, std::string id, Then<bool> then) {
  thread_.submit<bool>([tenant = std::move(tenant), id = std::move(id)](
                           ResponseTable& table) { return table.erase(tenant, id); },
                       std::move(then));
}

}  // namespace headgate::storage
