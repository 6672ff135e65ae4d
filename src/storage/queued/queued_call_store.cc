#include "storage/queued/queued_call_store.h"

namespace headgate::storage {

using base::Result;

Result<std::unique_ptr<QueuedCallStore>> QueuedCallStore::open(const std::string& folder,
                                                               const base::Clock& clock) {
  auto counts = std::make_shared<QueueCounts>();
  auto table = QueuedCallTable::open(folder, counts);
  if (!table) return table.error();
  return std::unique_ptr<QueuedCallStore>(
      new QueuedCallStore(std::move(*table), std::move(counts), clock));
}

void QueuedCallStore::insert(QueuedCall call, QueueLimits limits, Then<void> then) {
  const std::size_t bytes = call.body.size();
  thread_.submit<void>([call = std::move(call),
                        limits](QueuedCallTable& table) { return table.insert(call, limits); },
                       std::move(then), bytes);
}

void QueuedCallStore::take(std::int64_t again_unix_us, std::int64_t calls_max,
                           Then<std::vector<QueuedCall>> then) {
  thread_.submit<std::vector<QueuedCall>>(
      [this, again_unix_us, calls_max](QueuedCallTable& table) {
        return table.take(clock_.unix_us(), again_unix_us, calls_max);
      },
      std::move(then));
}

void QueuedCallStore::put_back(std::string id, std::int64_t due_unix_us, bool tried) {
  thread_.submit<void>(
      [id = std::move(id), due_unix_us, tried](QueuedCallTable& table) {
        return table.put_back(id, due_unix_us, tried);
      },
      [](Result<void>) {});
}

void QueuedCallStore::finish(std::string id, QueuedReply reply, Then<void> then) {
  const std::size_t bytes = reply.body.size();
  thread_.submit<void>([id = std::move(id), reply = std::move(reply)](
                           QueuedCallTable& table) { return table.finish(id, reply); },
                       std::move(then), bytes);
}

void QueuedCallStore::find(std::string owner, std::string id, Then<QueuedReply> then) {
  thread_.submit<QueuedReply>(
      [this, owner = std::move(owner), id = std::move(id)](QueuedCallTable& table) {
        return table.find(owner, id, clock_.unix_us());
      },
      std::move(then));
}

}  // namespace headgate::storage
