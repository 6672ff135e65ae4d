// What happened in the last minutes: calls by route and by model, tool calls by tool, with rates,
// errors, latency and cost. Reads the store and then only what is new; keeps one small record a
// call of the window, at most kSamplesMax, and says when that was not enough. A call that sampling
// kept when it was read counts for those that went. For `headgate top`.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/reports/call_follower.h"

namespace headgate::storage {

struct ActivityRow {
  std::string name;
  std::int64_t calls = 0;
  std::int64_t errors = 0;
  std::int64_t p95_us = 0;
  std::int64_t cost = 0;  // picodollars
  bool unpriced = false;
};

struct Activity {
  std::int64_t window_us = 0;
  std::vector<ActivityRow> routes;  // most calls first
  std::vector<ActivityRow> models;
  std::vector<ActivityRow> tools;
  bool cut = false;  // older calls of the window were left out
};

class ActivityWindow {
 public:
  static constexpr std::size_t kSamplesMax = 1'000'000;

  ActivityWindow(const std::string& folder, std::int64_t window_us)
      : follower_(folder), window_us_(window_us) {}

  /// Reads what is new and returns what the window holds at `now_unix_us`.
  base::Result<Activity> look(std::int64_t now_unix_us);

 private:
  enum class Table : std::uint8_t { routes, models, tools };
  struct Sample {
    std::int64_t end_us = 0;
    std::int64_t duration_us = 0;
    std::int64_t cost = 0;
    std::uint32_t group = 0;  // index in names_
    float weight = 1;         // calls that it stands for, where they were sampled
    Table table = Table::routes;
    bool error = false;
    bool unpriced = false;
  };
  base::Result<std::int64_t> read(PartitionReader& partition, std::int64_t after);
  void add(Table table, std::string_view name, Sample sample);
  void take_row(Statement& row);
  std::vector<ActivityRow> rows_of(Table table) const;

  CallFollower follower_;
  std::int64_t window_us_;
  std::int64_t since_us_ = 0;
  float weight_ = 1;  // of the call that was read last
  bool begun_ = false;
  bool cut_ = false;
  std::deque<Sample> samples_;
  std::vector<std::string> names_;
  std::map<std::string, std::uint32_t, std::less<>> groups_;
};

}  // namespace headgate::storage
