// Totals of days whose spans are gone: aggregates.db holds what their partitions' `hours` held. A
// day that still has its partition is read from there alone, so a drop that was interrupted counts
// nothing twice. REQUIRES of those that change something: the folder's lock.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "storage/partitions/day.h"
#include "storage/tiers/hour_table.h"

namespace headgate::storage {

std::string aggregates_path(const std::string& folder);

/// Copies the totals of `day`; again: replaces them.
base::Result<void> keep_aggregates(const std::string& folder, Day day);

/// Deletes what was stored before `day`.
base::Result<void> delete_aggregates_before(const std::string& folder, Day day);

/// Calls `take` for each group of each partition and of aggregates.db whose hour begins at or after
/// `since_unix_us`; the same group may come several times.
base::Result<void> read_hours(const std::string& folder, std::int64_t since_unix_us,
                              const std::function<void(HourGroup, const HourTotals&)>& take);

}  // namespace headgate::storage
