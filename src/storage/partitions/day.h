// Days of UTC, by which the trace store is divided, and the names of their files. Pure but for
// looking into the folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headgate::storage {

using Day = std::int64_t;  // since 1970-01-01
inline constexpr std::int64_t kDayUs = 86'400'000'000;

Day day_of(std::int64_t unix_us);
std::string day_name(Day day);  // "2026-11-24"
std::optional<Day> day_named(std::string_view name);

std::string partition_path(const std::string& folder, Day day);   // traces-2026-11-24.db
std::string text_index_path(const std::string& folder, Day day);  // text-2026-11-24.db

/// Days that have a partition, newest first.
std::vector<Day> partition_days(const std::string& folder);

}  // namespace headgate::storage
