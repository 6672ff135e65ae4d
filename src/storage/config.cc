#include "storage/config.h"

#include <bit>

namespace headgate::storage {

void check(const StorageConfig& storage, const base::config::Cursor& at,
           base::config::Problems& problems) {
  const auto bytes = static_cast<std::uint64_t>(storage.journal_bytes);
  if (std::has_single_bit(bytes)) return;
  problems.add(at["journal_bytes"], "must be a power of two, such as " +
                                        std::to_string(std::bit_floor(bytes)) + ", found " +
                                        std::to_string(bytes));
}

}  // namespace headgate::storage
