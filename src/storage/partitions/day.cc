#include "storage/partitions/day.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>

#include "base/text/strings.h"

namespace headgate::storage {
namespace {

constexpr std::string_view kPrefix = "traces-";
constexpr std::string_view kSuffix = ".db";
constexpr std::size_t kNameBytes = 10;

std::optional<Day> day_of_file(std::string_view file) {
  if (file.size() != kPrefix.size() + kNameBytes + kSuffix.size()) return std::nullopt;
  if (!file.starts_with(kPrefix) || !file.ends_with(kSuffix)) return std::nullopt;
  return day_named(file.substr(kPrefix.size(), kNameBytes));
}

}  // namespace

Day day_of(std::int64_t unix_us) {
  return unix_us >= 0 ? unix_us / kDayUs : (unix_us + 1) / kDayUs - 1;
}

std::string day_name(Day day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  char name[32];
  std::snprintf(name, sizeof name, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return name;
}

std::optional<Day> day_named(std::string_view name) {
  if (name.size() != kNameBytes || name[4] != '-' || name[7] != '-') return std::nullopt;
  const auto year = base::parse_u64(name.substr(0, 4));
  const auto month = base::parse_u64(name.substr(5, 2));
  const auto day = base::parse_u64(name.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

std::string partition_path(const std::string& folder, Day day) {
  return folder + "/traces-" + day_name(day) + ".db";
}

std::string text_index_path(const std::string& folder, Day day) {
  return folder + "/text-" + day_name(day) + ".db";
}

std::vector<Day> partition_days(const std::string& folder) {
  std::vector<Day> days;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const auto day = day_of_file(entry.path().filename().string());
    if (day) days.push_back(*day);
  }
  std::sort(days.begin(), days.end(), std::greater<>());
  return days;
}

}  // namespace headgate::storage
