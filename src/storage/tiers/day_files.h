// The files of one day of the trace store: how large they are, and how they go. Each step can be
// interrupted and done again. REQUIRES of those that change something: the caller holds the
// folder's lock, and nobody writes that day.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/tiers/tier_plan.h"

namespace headgate::storage {

/// Of every day there is. A day that cannot be read counts what its own files take.
std::vector<DaySize> day_sizes(const std::string& folder);

/// What files of the folder that belong to no day take.
std::int64_t other_bytes(const std::string& folder, const std::vector<DaySize>& days);

/// Unlinks record log and text index; spans stay, without attributes that are content.
base::Result<void> drop_content(const std::string& folder, Day day);

/// Unlinks the oldest files of the day's record log until `bytes` are free, never the newest file.
/// Returns how many went. May be called while the day is being written.
base::Result<std::int64_t> trim_content(const std::string& folder, Day day, std::int64_t bytes);

/// Keeps the day's totals in aggregates.db, then takes its traces away from readers by renaming the
/// database: at once, whatever its size. Its files go with free_dropped().
base::Result<void> drop_day(const std::string& folder, Day day);

/// Unlinks the files of all days that were dropped, by this process or one that was interrupted.
base::Result<void> free_dropped(const std::string& folder);

}  // namespace headgate::storage
