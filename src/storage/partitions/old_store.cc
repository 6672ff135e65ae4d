#include "storage/partitions/old_store.h"

#include <map>
#include <vector>

#include "storage/migrations.h"
#include "storage/partitions/damaged_days.h"
#include "storage/partitions/positions.h"
#include "storage/partitions/schema.h"
#include "storage/sqlite.h"

namespace headgate::storage {
namespace {

constexpr const char* kAdopted = "adopted";

struct Part {
  Day day = 0;
  std::int64_t first_id = 0;
  std::int64_t end_id = INT64_MAX;
  // The segments of the record log whose last records came between these go with it.
  std::int64_t from_us = INT64_MIN;
  std::int64_t to_us = INT64_MAX;
};

base::Result<bool> has_old_spans(Database& database) {
  const auto count =
      database.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'old_spans'");
  if (!count) return count.error();
  return *count > 0;
}

// Rows stand in the order of storing; a part begins where the first call of a later day stands.
base::Result<std::vector<Part>> parts_of(Database& database) {
  auto rows = database.prepare(
      "SELECT id, start_us FROM old_spans WHERE trace_key IS NOT NULL ORDER BY id");
  if (!rows) return rows.error();
  std::vector<Part> parts;
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) break;
    Part part{day_of(rows->integer(1)), rows->integer(0)};
    if (!parts.empty() && part.day <= parts.back().day) continue;
    if (!parts.empty()) {
      part.from_us = parts.back().to_us = part.day * kDayUs;
      parts.back().end_id = part.first_id;
    }
    parts.push_back(part);
  }
  return parts;
}

constexpr std::string_view kHours =
    "INSERT OR IGNORE INTO hours SELECT start_us / 3600000000, coalesce(route, ''),"
    " coalesce(model_served, model_requested, ''), coalesce(provider, ''), coalesce(error, 'ok'),"
    " count(*), sum(unpriced), sum(coalesce(tokens_input, 0)), sum(coalesce(tokens_cached, 0)),"
    " sum(coalesce(tokens_output, 0)), sum(coalesce(cost_picodollars, 0)), sum(duration_us), x''"
    " FROM spans WHERE span_count IS NOT NULL GROUP BY 1, 2, 3, 4, 5";

constexpr std::string_view kCopySpans =
    "INSERT OR IGNORE INTO spans SELECT id, trace_id, span_id, parent_id, kind, name, start_us,"
    " duration_us, ttft_us, error, error_message, http_status, attempt, streamed, provider,"
    " model_requested, model_served, response_id, finish_reason, tokens_input, tokens_cached,"
    " tokens_cache_write, tokens_output, tokens_reasoning, cost_picodollars, unpriced, attributes,"
    " span_count, log_segment, log_offset, log_bytes, request_id, user, session, workflow, tenant,"
    " tier, key_id, route, release FROM old.old_spans WHERE id >= ? AND id < ?";

constexpr const char* kNamed =
    "INSERT OR IGNORE INTO failed_calls SELECT id FROM spans"
    " WHERE error IS NOT NULL AND span_count IS NOT NULL;"
    "INSERT OR IGNORE INTO tool_spans SELECT id FROM spans WHERE kind = 'tool'";

base::Result<void> run(Database& database, std::string_view sql,
                       const std::vector<std::int64_t>& values) {
  auto statement = database.prepare(sql);
  if (!statement) return statement.error();
  int index = 0;
  for (const std::int64_t value : values) statement->bind(++index, value);
  return statement->run();
}

base::Result<void> attach(Database& partition, const std::string& path) {
  auto statement = partition.prepare("ATTACH ? AS old");
  if (!statement) return statement.error();
  statement->bind(1, path);
  return statement->run();
}

base::Result<void> copy(Database& partition, const Part& part) {
  auto transaction = Transaction::begin(partition);
  if (!transaction) return transaction.error();
  auto copied = run(partition, kCopySpans, {part.first_id, part.end_id});
  if (copied) {
    copied = run(partition,
                 "INSERT OR IGNORE INTO segments SELECT * FROM old.old_segments"
                 " WHERE newest_us >= ? AND newest_us < ? AND bytes > 0",
                 {part.from_us, part.to_us});
  }
  if (copied) copied = run(partition, kHours, {});
  if (copied) copied = partition.execute(kNamed);
  if (copied && part.to_us == INT64_MAX) {
    copied = partition.execute("INSERT OR IGNORE INTO journals SELECT * FROM old.old_journals");
  }
  if (copied) copied = set_partition_note(partition, kAdopted, 1);
  return copied ? transaction->commit() : copied;
}

base::Result<void> adopt(const std::string& folder, const Part& part) {
  auto partition = open_partition(folder, part.day);
  if (!partition) return partition.error();
  const auto done = partition_note(*partition, kAdopted);
  if (!done) return done.error();
  if (*done != 0) return {};
  const auto attached = attach(*partition, database_path(folder));
  if (!attached) return attached;
  return copy(*partition, part);
}

base::Result<void> drop_old(Database& database) {
  const auto dropped = database.execute(
      "BEGIN IMMEDIATE; DROP TABLE old_spans; DROP TABLE old_segments; DROP TABLE old_journals;"
      " COMMIT");
  if (!dropped) return dropped;
  return database.execute("VACUUM");
}

}  // namespace

base::Result<void> prepare_folder(const std::string& folder,
                                  const std::function<void(std::string_view)>& report) {
  const auto usable = set_damaged_days_aside(folder, report);
  if (!usable) return usable;
  auto database = open_database(folder);
  if (!database) return database.error();
  const auto old = has_old_spans(*database);
  if (!old) return old.error();
  if (!*old) return {};
  auto parts = parts_of(*database);
  if (!parts) return parts.error();
  if (!parts->empty()) {
    report("moving traces of " + std::to_string(parts->size()) + " days into partitions");
  }
  for (const Part& part : *parts) {
    const auto adopted = adopt(folder, part);
    if (!adopted) return adopted;
  }
  return drop_old(*database);
}

}  // namespace headgate::storage
