#include "storage/tiers/aggregates.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "storage/partitions/schema.h"
#include "storage/sqlite.h"

namespace headgate::storage {
namespace {

constexpr const char* kSchema = R"sql(
CREATE TABLE IF NOT EXISTS aggregates (
  day INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  route TEXT NOT NULL,
  model TEXT NOT NULL,
  provider TEXT NOT NULL,
  status TEXT NOT NULL,
  calls INTEGER NOT NULL,
  unpriced INTEGER NOT NULL,
  tokens_input INTEGER NOT NULL,
  tokens_cached INTEGER NOT NULL,
  tokens_output INTEGER NOT NULL,
  cost_picodollars INTEGER NOT NULL,
  duration_us INTEGER NOT NULL,
  durations BLOB NOT NULL,
  PRIMARY KEY (day, hour, route, model, provider, status)
) WITHOUT ROWID;
)sql";

base::Result<Database> open_aggregates(const std::string& folder) {
  auto database = Database::open(aggregates_path(folder), Database::Access::read_write);
  if (!database) return database;
  const auto set = database->execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
  if (!set) return set.error();
  const auto made = database->execute(kSchema);
  if (!made) return made.error();
  return database;
}

base::Result<void> run_with(Database& database, std::string_view sql, std::int64_t value) {
  auto statement = database.prepare(sql);
  if (!statement) return statement.error();
  statement->bind(1, value);
  return statement->run();
}

using Take = std::function<void(HourGroup, const HourTotals&)>;

base::Result<void> read(Statement& rows, const std::function<bool(Day)>& skip, const Take& take) {
  for (;;) {
    const auto row = rows.step();
    if (!row) return row.error();
    if (!*row) return {};
    if (skip(rows.integer(0))) continue;
    take({rows.integer(1), std::string(rows.text(2)), std::string(rows.text(3)),
          std::string(rows.text(4)), std::string(rows.text(5))},
         read_totals(rows, 6));
  }
}

std::string select_hours(std::string_view day, std::string_view from) {
  std::string sql = "SELECT ";
  sql.append(day).append(", hour, route, model, provider, status, ").append(kTotalColumns);
  return sql.append(" FROM ").append(from).append(" WHERE hour >= ?");
}

}  // namespace

std::string aggregates_path(const std::string& folder) { return folder + "/aggregates.db"; }

base::Result<void> keep_aggregates(const std::string& folder, Day day) {
  auto database = open_aggregates(folder);
  if (!database) return database.error();
  auto attach = database->prepare("ATTACH ? AS part");
  if (!attach) return attach.error();
  const std::string path = partition_path(folder, day);
  attach->bind(1, path);
  const auto attached = attach->run();
  if (!attached) return attached;
  return run_with(*database, "INSERT OR REPLACE INTO aggregates SELECT ?, * FROM part.hours", day);
}

base::Result<void> delete_aggregates_before(const std::string& folder, Day day) {
  std::error_code error;
  if (!std::filesystem::exists(aggregates_path(folder), error)) return {};
  auto database = open_aggregates(folder);
  if (!database) return database.error();
  return run_with(*database, "DELETE FROM aggregates WHERE day < ?", day);
}

base::Result<void> read_hours(const std::string& folder, std::int64_t since_unix_us,
                              const Take& take) {
  const std::vector<Day> days = partition_days(folder);
  for (const Day day : days) {
    auto partition = open_partition_to_read(folder, day);
    if (!partition && partition.error().code == base::Errc::not_found) continue;
    if (!partition) return partition.error();
    auto rows = partition->prepare(select_hours("0", "hours"));
    if (!rows) return rows.error();
    rows->bind(1, since_unix_us / kHourUs);
    const auto taken = read(
        *rows, [](Day) { return false; }, take);
    if (!taken) return taken;
  }
  std::error_code error;
  if (!std::filesystem::exists(aggregates_path(folder), error)) return {};
  auto database = Database::open(aggregates_path(folder), Database::Access::read_only);
  if (!database) return database.error();
  auto rows = database->prepare(select_hours("day", "aggregates"));
  if (!rows) return rows.error();
  rows->bind(1, since_unix_us / kHourUs);
  const auto there = [&](Day day) {
    return std::find(days.begin(), days.end(), day) != days.end();
  };
  return read(*rows, there, take);
}

}  // namespace headgate::storage
