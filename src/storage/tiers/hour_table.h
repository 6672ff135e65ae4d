// Totals of calls by hour, route, model, provider and status, kept beside the spans in the same
// transactions, so that they are exact after any crash. They outlive the spans (tiers/aggregates).
// An hour has at most kGroupsMax groups; further models and providers count as "(other)". Used by
// the writer's thread alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "storage/sqlite.h"
#include "storage/tiers/duration_histogram.h"
#include "telemetry/span.h"

namespace headgate::storage {

inline constexpr std::int64_t kHourUs = 3'600'000'000;

struct HourGroup {
  std::int64_t hour = 0;  // since 1970
  std::string route;
  std::string model;  // as served, or as requested where no provider answered
  std::string provider;
  std::string status;  // "ok" or the error's name
};

struct HourTotals {
  std::int64_t calls = 0;
  std::int64_t unpriced = 0;
  std::int64_t tokens_input = 0;
  std::int64_t tokens_cached = 0;
  std::int64_t tokens_output = 0;
  std::int64_t cost = 0;  // picodollars; stops at the largest number
  std::int64_t duration_us = 0;
  DurationHistogram durations;

  void add(const telemetry::Span& head);
  void merge(const HourTotals& other);
};

/// Columns of hours and of aggregates after the group's, in the order that read_totals() expects.
inline constexpr const char* kTotalColumns =
    "calls, unpriced, tokens_input, tokens_cached, tokens_output, cost_picodollars, duration_us,"
    " durations";
HourTotals read_totals(Statement& row, int column);

class HourTable {
 public:
  static constexpr std::size_t kGroupsMax = 1000;

  /// `partition` outlives the table.
  static base::Result<HourTable> open(Database& partition);

  /// May read the database; errors show in write().
  void add(const telemetry::ExchangeRecord& record);
  /// Writes what changed into the open transaction.
  base::Result<void> write();
  void committed();
  void rolled_back();

 private:
  struct Entry {
    HourGroup group;
    HourTotals totals;
    bool changed = false;
  };
  HourTable(Statement load, Statement save, Statement count);
  Entry& entry_of(const telemetry::ExchangeRecord& record);
  Entry& load(HourGroup group);
  base::Result<bool> read(Entry& entry);
  base::Result<void> save(const Entry& entry);
  std::size_t& groups_of(std::int64_t hour);

  Statement load_;
  Statement save_;
  Statement count_;
  std::unordered_map<std::string, Entry> entries_;
  std::vector<Entry*> changed_;
  std::map<std::int64_t, std::size_t> groups_;  // by hour
  std::string key_;                             // of last_
  std::string looked_up_;
  Entry* last_ = nullptr;
  base::Result<void> failed_;
};

}  // namespace headgate::storage
