#include "storage/reports/activity.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "storage/query/block.h"
#include "storage/sampling/policy.h"

namespace headgate::storage {
namespace {

constexpr std::string_view kRows =
    "SELECT id, start_us + duration_us, duration_us, cost_picodollars, unpriced,"
    " error IS NOT NULL, kind = 'tool', name, span_count IS NOT NULL, route,"
    " coalesce(model_served, model_requested),"
    " (SELECT ppm FROM sampled WHERE sampled.id = spans.id) FROM spans NOT INDEXED WHERE id > ?"
    " AND (span_count IS NOT NULL OR kind = 'tool') ORDER BY id";
constexpr std::size_t kNamesMax = 10'000;
constexpr double kCostMax = 9e18;

struct Weighed {
  std::int64_t us = 0;
  double weight = 1;
};

// The first that has more than a share of `q` of what lies between the first and the last behind
// it.
std::int64_t percentile_us(std::vector<Weighed>& durations, double q) {
  if (durations.empty()) return 0;
  std::sort(durations.begin(), durations.end(),
            [](const Weighed& a, const Weighed& b) { return a.us < b.us; });
  double left = -durations.back().weight;
  for (const Weighed& one : durations) left += one.weight;
  left *= q;
  for (const Weighed& one : durations) {
    if (left < one.weight) return one.us;
    left -= one.weight;
  }
  return durations.back().us;
}

}  // namespace

void ActivityWindow::add(Table table, std::string_view name, Sample sample) {
  if (name.empty()) return;
  auto group = groups_.find(name);
  if (group == groups_.end()) {
    if (names_.size() >= kNamesMax) name = "(other)";
    group = groups_.emplace(name, static_cast<std::uint32_t>(names_.size())).first;
    if (group->second == names_.size()) names_.emplace_back(name);
  }
  sample.group = group->second;
  sample.table = table;
  samples_.push_back(sample);
}

void ActivityWindow::take_row(Statement& row) {
  Sample sample;
  sample.end_us = row.integer(1);
  sample.duration_us = row.integer(2);
  sample.cost = row.integer(3);
  sample.unpriced = row.integer(4) != 0;
  sample.error = row.integer(5) != 0;
  if (row.integer(8) != 0) weight_ = static_cast<float>(sampling_weight(row.integer(11)));
  sample.weight = weight_;
  if (sample.end_us < since_us_) return;
  if (row.integer(6) != 0) add(Table::tools, query::tool_name(row.text(7)), sample);
  if (row.integer(8) == 0) return;
  add(Table::routes, row.text(9), sample);
  add(Table::models, row.text(10), sample);
}

base::Result<std::int64_t> ActivityWindow::read(PartitionReader& partition, std::int64_t after) {
  auto rows = partition.database().prepare(kRows);
  if (!rows) return rows.error();
  rows->bind(1, after);
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return partition.last_id();
    take_row(*rows);
    if (samples_.size() < kSamplesMax) continue;
    samples_.erase(samples_.begin(), samples_.begin() + kSamplesMax / 4);
    cut_ = true;
  }
}

base::Result<Activity> ActivityWindow::look(std::int64_t now_unix_us) {
  since_us_ = now_unix_us - window_us_;
  cut_ = false;
  if (!begun_) {
    const auto skipped = follower_.skip_before(since_us_);
    if (!skipped) return skipped.error();
    begun_ = true;
  }
  const auto taken = follower_.for_each_new(
      [this](PartitionReader& partition, std::int64_t after) { return read(partition, after); });
  if (!taken) return taken.error();
  std::erase_if(samples_, [&](const Sample& sample) { return sample.end_us < since_us_; });
  Activity activity;
  activity.window_us = window_us_;
  activity.routes = rows_of(Table::routes);
  activity.models = rows_of(Table::models);
  activity.tools = rows_of(Table::tools);
  activity.cut = cut_;
  return activity;
}

std::vector<ActivityRow> ActivityWindow::rows_of(Table table) const {
  struct Group {
    ActivityRow row;
    double calls = 0;
    double errors = 0;
    double cost = 0;
    std::vector<Weighed> durations;
  };
  std::map<std::uint32_t, Group> groups;
  for (const Sample& sample : samples_) {
    if (sample.table != table) continue;
    Group& group = groups[sample.group];
    const double weight = sample.weight;
    group.calls += weight;
    group.errors += sample.error ? weight : 0;
    group.cost += weight * static_cast<double>(sample.cost);
    group.row.unpriced = group.row.unpriced || sample.unpriced;
    group.durations.push_back({sample.duration_us, weight});
  }
  std::vector<ActivityRow> rows;
  for (auto& [index, group] : groups) {
    group.row.name = names_[index];
    group.row.calls = std::llround(group.calls);
    group.row.errors = std::llround(group.errors);
    group.row.cost = std::llround(std::min(group.cost, kCostMax));
    group.row.p95_us = percentile_us(group.durations, 0.95);
    rows.push_back(std::move(group.row));
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.calls > b.calls; });
  return rows;
}

}  // namespace headgate::storage
