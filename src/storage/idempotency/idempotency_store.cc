#include "storage/idempotency/idempotency_store.h"

#include <utility>

namespace headgate::storage {

using base::Result;

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

void IdempotencyStore::reserve(IdempotencyScope scope, KeptAnswer wanted, Then<KeptAnswer> then) {
  thread_.submit<KeptAnswer>(
      [this, scope = std::move(scope), wanted = std::move(wanted)](IdempotencyTable& table) {
        return table.reserve(scope, wanted, thread_.oldest_us());
      },
      std::move(then));
}

void IdempotencyStore::keep(IdempotencyScope scope, KeptAnswer answer, Then<void> then) {
  const std::size_t bytes = answer.body.size();
  thread_.submit<void>([scope = std::move(scope), answer = std::move(answer)](
                           IdempotencyTable& table) { return table.keep(scope, answer); },
                       std::move(then), bytes);
}

void IdempotencyStore::release(IdempotencyScope scope, std::string owner) {
  thread_.submit<void>([scope = std::move(scope), owner = std::move(owner)](
                           IdempotencyTable& table) { return table.release(scope, owner); },
                       [](Result<void>) {});
}

}  // namespace headgate::storage
