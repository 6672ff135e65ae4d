#include "storage/tiers/hour_table.h"

#include <utility>

#include "base/errc.h"

namespace headgate::storage {
namespace {

constexpr std::size_t kEntriesMax = 4096;  // in memory; the others are read again when they come
constexpr std::size_t kNameBytesMax = 128;
constexpr std::string_view kOther = "(other)";

std::int64_t added(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? INT64_MAX : INT64_MIN;
}

std::string_view first_provider(const telemetry::ExchangeRecord& record) {
  for (const telemetry::Span& span : record.spans) {
    if (!span.provider.empty()) return span.provider;
  }
  return {};
}

void append(std::string& key, std::string_view part) {
  key.append(part.substr(0, kNameBytesMax));
  key += '\0';
}

}  // namespace

void HourTotals::add(const telemetry::Span& head) {
  ++calls;
  unpriced += head.unpriced ? 1 : 0;
  cost = added(cost, head.cost.value_or(0));
  duration_us = added(duration_us, head.duration_us);
  durations.add(head.duration_us);
  if (!head.usage) return;
  tokens_input = added(tokens_input, head.usage->input);
  tokens_cached = added(tokens_cached, head.usage->cached);
  tokens_output = added(tokens_output, head.usage->output);
}

void HourTotals::merge(const HourTotals& other) {
  calls += other.calls;
  unpriced += other.unpriced;
  tokens_input = added(tokens_input, other.tokens_input);
  tokens_cached = added(tokens_cached, other.tokens_cached);
  tokens_output = added(tokens_output, other.tokens_output);
  cost = added(cost, other.cost);
  duration_us = added(duration_us, other.duration_us);
  durations.merge(other.durations);
}

HourTotals read_totals(Statement& row, int column) {
  HourTotals totals;
  for (std::int64_t HourTotals::*const member :
       {&HourTotals::calls, &HourTotals::unpriced, &HourTotals::tokens_input,
        &HourTotals::tokens_cached, &HourTotals::tokens_output, &HourTotals::cost,
        &HourTotals::duration_us}) {
    totals.*member = row.integer(column++);
  }
  (void)totals.durations.decode(row.blob(column));
  return totals;
}

HourTable::HourTable(Statement load, Statement save, Statement count)
    : load_(std::move(load)), save_(std::move(save)), count_(std::move(count)) {}

base::Result<HourTable> HourTable::open(Database& partition) {
  auto load = partition.prepare(
      "SELECT calls, unpriced, tokens_input, tokens_cached, tokens_output, cost_picodollars,"
      " duration_us, durations FROM hours"
      " WHERE hour = ? AND route = ? AND model = ? AND provider = ? AND status = ?");
  if (!load) return load.error();
  auto save = partition.prepare("INSERT OR REPLACE INTO hours VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)");
  if (!save) return save.error();
  auto count = partition.prepare("SELECT count(*) FROM hours WHERE hour = ?");
  if (!count) return count.error();
  return HourTable(std::move(*load), std::move(*save), std::move(*count));
}

void HourTable::add(const telemetry::ExchangeRecord& record) {
  Entry& entry = entry_of(record);
  entry.totals.add(record.spans.front());
  if (entry.changed) return;
  entry.changed = true;
  changed_.push_back(&entry);
}

HourTable::Entry& HourTable::entry_of(const telemetry::ExchangeRecord& record) {
  const telemetry::Span& head = record.spans.front();
  const std::int64_t hour = head.start_unix_us / kHourUs;
  const auto model = head.model_served.empty() ? head.model_requested : head.model_served;
  const auto provider = first_provider(record);
  const auto status = head.error ? base::row(*head.error).name : std::string_view("ok");
  looked_up_.assign(reinterpret_cast<const char*>(&hour), sizeof hour);
  for (const auto part : {record.route, model, provider, status}) append(looked_up_, part);
  if (last_ != nullptr && looked_up_ == key_) return *last_;
  const auto found = entries_.find(looked_up_);
  if (found != entries_.end()) {
    last_ = &found->second;
  } else {
    last_ = &load({hour, std::string(record.route.substr(0, kNameBytesMax)),
                   std::string(model.substr(0, kNameBytesMax)),
                   std::string(provider.substr(0, kNameBytesMax)), std::string(status)});
  }
  key_ = looked_up_;
  return *last_;
}

// The entry of a group that is not in memory, under the key that was looked up; where its hour has
// too many, one of a group that takes all the others.
HourTable::Entry& HourTable::load(HourGroup group) {
  Entry entry{std::move(group), {}, false};
  auto there = read(entry);
  std::size_t& groups = groups_of(entry.group.hour);
  if (there && !*there && groups >= kGroupsMax) {
    entry.group.model = entry.group.provider = kOther;
    std::string key(reinterpret_cast<const char*>(&entry.group.hour), sizeof entry.group.hour);
    for (const auto& part :
         {entry.group.route, entry.group.model, entry.group.provider, entry.group.status}) {
      append(key, part);
    }
    const auto found = entries_.find(key);
    if (found != entries_.end()) return found->second;
    looked_up_ = key;
    there = read(entry);
  }
  if (!there) failed_ = there.error();
  if (there && !*there) ++groups;
  return entries_.insert_or_assign(looked_up_, std::move(entry)).first->second;
}

base::Result<bool> HourTable::read(Entry& entry) {
  load_.bind(1, entry.group.hour);
  load_.bind(2, entry.group.route);
  load_.bind(3, entry.group.model);
  load_.bind(4, entry.group.provider);
  load_.bind(5, entry.group.status);
  const auto row = load_.step();
  if (row && *row) entry.totals = read_totals(load_, 0);
  load_.reset();
  return row;
}

std::size_t& HourTable::groups_of(std::int64_t hour) {
  const auto [at, fresh] = groups_.try_emplace(hour, 0);
  if (!fresh) return at->second;
  count_.bind(1, hour);
  const auto row = count_.step();
  if (row && *row) at->second = static_cast<std::size_t>(count_.integer(0));
  count_.reset();
  return at->second;
}

base::Result<void> HourTable::save(const Entry& entry) {
  const HourTotals& totals = entry.totals;
  const auto durations = totals.durations.encode();
  save_.bind(1, entry.group.hour);
  save_.bind(2, entry.group.route);
  save_.bind(3, entry.group.model);
  save_.bind(4, entry.group.provider);
  save_.bind(5, entry.group.status);
  int column = 6;
  for (const std::int64_t value :
       {totals.calls, totals.unpriced, totals.tokens_input, totals.tokens_cached,
        totals.tokens_output, totals.cost, totals.duration_us}) {
    save_.bind(column++, value);
  }
  save_.bind_blob(column, durations);
  return save_.run();
}

base::Result<void> HourTable::write() {
  if (!failed_) return failed_;
  for (const Entry* const entry : changed_) {
    const auto saved = save(*entry);
    if (!saved) return saved;
  }
  return {};
}

void HourTable::committed() {
  for (Entry* const entry : changed_) entry->changed = false;
  changed_.clear();
  if (entries_.size() > kEntriesMax) rolled_back();
}

void HourTable::rolled_back() {
  entries_.clear();
  changed_.clear();
  groups_.clear();
  key_.clear();
  last_ = nullptr;
  failed_ = {};
}

}  // namespace headgate::storage
