#include "storage/traces/trace_reader.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "base/text/strings.h"
#include "storage/migrations.h"
#include "storage/partitions/positions.h"
#include "storage/partitions/schema.h"
#include "storage/traces/partition_reader.h"

namespace headgate::storage {
namespace {

constexpr std::size_t kExchangesMax = 1000;  // of one trace

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

base::TraceId padded(std::string prefix, char digit) {
  base::TraceId id;
  prefix.resize(id.bytes.size() * 2, digit);
  // from_hex() refuses the id of zeros, which is what is wanted then.
  return base::TraceId::from_hex(prefix).value_or(id);
}

base::Error not_found(std::string_view prefix) {
  return base::fail(base::Errc::not_found, "no trace whose id begins with \"" +
                                               std::string(prefix) +
                                               "\"; `headgate trace ls` lists the newest");
}

std::int64_t start_of(const StoredExchange& exchange) {
  return exchange.record().spans.front().start_unix_us;
}

bool gone(const base::Error& error) { return error.code == base::Errc::not_found; }

// Partitions come and go while a reader looks: one that has gone in between is none.
base::Result<std::optional<PartitionReader>> open_if_there(const std::string& folder, Day day) {
  auto opened = PartitionReader::open(folder, day);
  if (opened) return std::optional(std::move(*opened));
  std::error_code error;
  const bool there = std::filesystem::exists(partition_path(folder, day), error);
  if (gone(opened.error()) || !there) return std::optional<PartitionReader>();
  return opened.error();
}

}  // namespace

base::Result<TraceReader> TraceReader::open(const std::string& folder) {
  const std::string path = database_path(folder);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return base::fail(base::Errc::not_found,
                      path + ": no such database; a server with this storage folder creates it");
  }
  auto database = Database::open(path, Database::Access::read_only);
  if (!database) return database.error();
  const auto checked = check_schema(*database);
  if (!checked) return checked.error();
  return TraceReader(folder);
}

base::Result<TraceList> TraceReader::list(const TraceQuery& asked) {
  text::ScanLimit limit;
  NewestCalls newest(static_cast<std::size_t>(std::max<std::int64_t>(asked.limit, 0)));
  for (const Day day : partition_days(folder_)) {
    // What was stored on a day had begun by its end.
    if (newest.complete_at((day + 1) * kDayUs)) break;
    auto partition = open_if_there(folder_, day);
    if (!partition) return partition.error();
    if (!*partition) continue;
    const auto searched = (*partition)->search(asked.where, limit, newest);
    if (!searched) return searched.error();
  }
  auto calls = heads(std::move(newest).take());
  if (!calls) return calls.error();
  return TraceList{std::move(*calls), limit.unsearched, limit.lost};
}

base::Result<std::vector<StoredExchange>> TraceReader::heads(const std::vector<FoundCall>& found) {
  std::map<Day, PartitionReader> readers;
  std::vector<StoredExchange> calls;
  for (const FoundCall& call : found) {
    auto reader = readers.find(call.day);
    if (reader == readers.end()) {
      auto opened = open_if_there(folder_, call.day);
      if (!opened) return opened.error();
      if (!*opened) continue;
      reader = readers.emplace(call.day, std::move(**opened)).first;
    }
    auto exchange = reader->second.head(call.id);
    if (!exchange && gone(exchange.error())) continue;  // deleted since it was found
    if (!exchange) return exchange.error();
    calls.push_back(std::move(*exchange));
  }
  return calls;
}

base::Result<Trace> TraceReader::get(std::string_view prefix) {
  const std::string wanted = base::to_lower(prefix);
  if (wanted.empty() || wanted.size() > 32 || !is_hex(wanted)) {
    return base::fail(
        base::Errc::invalid_request,
        "a trace id is up to 32 hexadecimal digits, not \"" + std::string(prefix) + "\"");
  }
  Trace trace;
  for (const Day day : partition_days(folder_)) {
    if (trace.exchanges.size() >= kExchangesMax) break;
    const auto added = add_calls(day, wanted, trace);
    if (!added) return added.error();
  }
  if (trace.exchanges.empty()) return not_found(prefix);
  std::stable_sort(trace.exchanges.begin(), trace.exchanges.end(),
                   [](const auto& a, const auto& b) { return start_of(a) < start_of(b); });
  return trace;
}

base::Result<void> TraceReader::add_calls(Day day, std::string_view prefix, Trace& trace) {
  auto partition = open_if_there(folder_, day);
  if (!partition) return partition.error();
  if (!*partition) return {};
  auto found = (*partition)
                   ->find(padded(std::string(prefix), '0'), padded(std::string(prefix), 'f'),
                          static_cast<std::int64_t>(kExchangesMax - trace.exchanges.size()));
  if (!found) return found.error();
  for (StoredExchange& exchange : *found) {
    const base::TraceId& id = exchange.record().trace;
    if (trace.exchanges.empty()) trace.id = id;
    if (id != trace.id) {
      return base::fail(base::Errc::invalid_request, "several traces begin with \"" +
                                                         std::string(prefix) + "\", among them " +
                                                         trace.id.hex() + " and " + id.hex());
    }
    if (!exchange.load(folder_)) {
      ++trace.without_content;
      const auto loaded = (*partition)->load_rows(exchange);
      if (!loaded) return loaded;
    }
    trace.exchanges.push_back(std::move(exchange));
  }
  return {};
}

// The newest partition knows of all; of the one before, in case the clock went back over midnight.
base::Result<TraceTotals> TraceReader::totals() {
  JournalPositions positions;
  int left = 2;
  for (const Day day : partition_days(folder_)) {
    if (left-- == 0) break;
    auto partition = open_if_there(folder_, day);
    if (!partition) return partition.error();
    if (!*partition) continue;
    const auto read = read_positions((*partition)->database(), positions);
    if (!read) return read.error();
  }
  TraceTotals totals;
  for (const auto& [journal, position] : positions) {
    totals.dropped += static_cast<std::int64_t>(position.dropped);
    totals.damaged += static_cast<std::int64_t>(position.damaged);
  }
  return totals;
}

}  // namespace headgate::storage
