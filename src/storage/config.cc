#include "storage/config.h"

#include <bit>

namespace headgate::storage {

void check(const StorageConfig& storage, const base::config::Cursor& at,
           base::config::Problems& problems) {
  const auto bytes = static_cast<std::uint64_t>(storage.journal_bytes);
  // The store takes records of at most a quarter of a journal; prompt and completion are two
  // contents.
  if (storage.content_bytes_max > storage.journal_bytes / 8) {
    problems.add(at["content_bytes_max"], "must be at most an eighth of journal_bytes, which is " +
                                              std::to_string(storage.journal_bytes / 8));
  }
  if (std::has_single_bit(bytes)) return;
  problems.add(at["journal_bytes"], "must be a power of two, such as " +
                                        std::to_string(std::bit_floor(bytes)) + ", found " +
                                        std::to_string(bytes));
}

}  // namespace headgate::storage
