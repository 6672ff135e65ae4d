// The schema of a partition, the database of one day's spans: traces-2026-11-24.db. Opened for
// writing by whoever holds the folder's lock, for reading by anybody. A partition that a newer
// Headgate wrote is refused.
#pragma once

#include <string>

#include "base/result.h"
#include "storage/partitions/day.h"
#include "storage/sqlite.h"

namespace headgate::storage {

/// Created if need be.
base::Result<Database> open_partition(const std::string& folder, Day day);

/// Errc::not_found when there is none, or it was only just made and nothing is in it.
base::Result<Database> open_partition_to_read(const std::string& folder, Day day);

/// The highest id that a row of spans ever had, as far as anybody may have seen it; 0: none.
base::Result<std::int64_t> last_row(Database& partition);
/// Notes it: rows are about to be deleted, and ids are not used twice.
base::Result<void> keep_last_row(Database& partition);

/// Values of a partition by name; 0 where there is none.
inline constexpr const char* kContentDropped = "content_dropped";  // 1: its record log is gone
inline constexpr const char* kPlainRows = "rows_without_content";  // 1: attributes never had any
base::Result<std::int64_t> partition_note(Database& partition, std::string_view name);
base::Result<void> set_partition_note(Database& partition, std::string_view name,
                                      std::int64_t value);

}  // namespace headgate::storage
