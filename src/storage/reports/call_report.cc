#include "storage/reports/call_report.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <utility>

#include "storage/partitions/day.h"
#include "storage/tiers/aggregates.h"

namespace headgate::storage {
namespace {

std::string hour_name(std::int64_t hour) {
  char clock[16];
  std::snprintf(clock, sizeof clock, " %02d:00", static_cast<int>(hour % 24));
  return day_name(hour / 24) + clock;
}

std::string name_of(CallsBy by, const HourGroup& group) {
  switch (by) {
    case CallsBy::hour: return hour_name(group.hour);
    case CallsBy::day: return day_name(group.hour / 24);
    case CallsBy::route: return group.route;
    case CallsBy::model: return group.model;
    case CallsBy::provider: return group.provider;
    case CallsBy::status: return group.status;
  }
  return {};
}

}  // namespace

base::Result<std::vector<CallRow>> report_calls(const std::string& folder, CallsBy by,
                                                std::int64_t since_unix_us) {
  std::map<std::string, CallRow> by_name;
  const auto read =
      read_hours(folder, since_unix_us, [&](const HourGroup& group, const HourTotals& totals) {
        CallRow& row = by_name[name_of(by, group)];
        row.totals.merge(totals);
        if (group.status != "ok") row.errors += totals.calls;
      });
  if (!read) return read.error();
  std::vector<CallRow> rows;
  for (auto& [name, row] : by_name) {
    row.name = name;
    rows.push_back(std::move(row));
  }
  if (by != CallsBy::hour && by != CallsBy::day) {
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.totals.calls > b.totals.calls; });
  }
  return rows;
}

}  // namespace headgate::storage
