#include "storage/partitions/schema.h"

#include <array>
#include <filesystem>

namespace headgate::storage {
namespace {

// Why spans looks as it does (numbers in partitions/README.md):
// * One row a span. The first row of a call, its head, alone carries the caller's columns, the
//   number of its rows (their ids are consecutive) and where the whole record, prompts and
//   completions included, stands in the record log.
// * Trace ids are random: an index on them dirties a page per call once it has outgrown the cache.
//   So `blocks` has the sorted trace ids of each 4096 rows; finding a trace is a look into each.
// * Failed calls and tool calls are named in tables of their own, not in partial indexes: of those
//   every insert opens a cursor. Everything else is found by what `blocks` says of each block
//   (query/block.h), which costs the writer no index.
// * No constraints: a row that is refused would stop every one behind it.
constexpr const char* kFirst = R"sql(
CREATE TABLE spans (
  id INTEGER PRIMARY KEY,
  trace_id BLOB,
  span_id BLOB,
  parent_id BLOB,
  kind TEXT,
  name TEXT,
  start_us INTEGER,
  duration_us INTEGER,
  ttft_us INTEGER,
  error TEXT,
  error_message TEXT,
  http_status INTEGER,
  attempt INTEGER,
  streamed INTEGER,
  provider TEXT,
  model_requested TEXT,
  model_served TEXT,
  response_id TEXT,
  finish_reason TEXT,
  tokens_input INTEGER,
  tokens_cached INTEGER,
  tokens_cache_write INTEGER,
  tokens_output INTEGER,
  tokens_reasoning INTEGER,
  cost_picodollars INTEGER,
  unpriced INTEGER,
  attributes TEXT,
  span_count INTEGER,
  log_segment INTEGER,
  log_offset INTEGER,
  log_bytes INTEGER,
  request_id TEXT,
  user TEXT,
  session TEXT,
  workflow TEXT,
  tenant TEXT,
  tier TEXT,
  key_id TEXT,
  route TEXT,
  release TEXT
);
CREATE TABLE failed_calls (id INTEGER PRIMARY KEY);
CREATE TABLE tool_spans (id INTEGER PRIMARY KEY);
CREATE TABLE blocks (
  id INTEGER PRIMARY KEY,
  calls INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  oldest_us INTEGER NOT NULL,
  newest_us INTEGER NOT NULL,
  latency_max_us INTEGER NOT NULL,
  cost_max INTEGER NOT NULL,
  traces BLOB NOT NULL,
  filter BLOB NOT NULL
);
CREATE TABLE hours (
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
  PRIMARY KEY (hour, route, model, provider, status)
) WITHOUT ROWID;
CREATE TABLE segments (
  id INTEGER PRIMARY KEY,
  bytes INTEGER NOT NULL,
  oldest_us INTEGER NOT NULL,
  newest_us INTEGER NOT NULL
);
CREATE TABLE journals (
  id INTEGER PRIMARY KEY,
  position INTEGER NOT NULL,
  stored INTEGER NOT NULL,
  dropped INTEGER NOT NULL,
  damaged INTEGER NOT NULL
);
CREATE TABLE notes (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
)sql";

// Sampling (storage/sampling). Of calls that stay although some like them did not, or that had to
// stay where others might go, `sampled` has the probability, in millionths, and the reason, by the
// call's first row; whatever has no row there was kept for certain. The others are work in
// progress:
// * decided: the last decisions, so that what comes late has the fate of its trace;
// * dead: where the content of deleted calls still stands in the record log;
// * unfinished: rows of other days that are to be deleted with those that were deleted here;
// * flagged_traces: traces that somebody wants to be kept.
constexpr const char* kSecond = R"sql(
CREATE TABLE sampled (id INTEGER PRIMARY KEY, ppm INTEGER NOT NULL, reason TEXT NOT NULL);
CREATE TABLE decided (id INTEGER PRIMARY KEY, traces BLOB NOT NULL);
CREATE TABLE dead (
  id INTEGER PRIMARY KEY,
  segment INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  bytes INTEGER NOT NULL
);
CREATE TABLE unfinished (id INTEGER PRIMARY KEY, day INTEGER NOT NULL, row INTEGER NOT NULL);
CREATE TABLE flagged_traces (trace_id BLOB PRIMARY KEY) WITHOUT ROWID;
)sql";

constexpr std::array kSteps{kFirst, kSecond};
constexpr std::int64_t kSampling = 2;  // the version that has its tables

base::Error wrong_version(const Database& database, std::int64_t version) {
  return base::fail(base::Errc::storage_failed,
                    database.path() + ": written by a newer Headgate (schema " +
                        std::to_string(version) + ", this one knows " +
                        std::to_string(kSteps.size()) +
                        "): upgrade the program, or use another storage folder");
}

base::Result<void> upgrade(Database& database) {
  auto version = database.integer("PRAGMA user_version");
  if (!version) return version.error();
  const auto newest = static_cast<std::int64_t>(kSteps.size());
  if (*version > newest) return wrong_version(database, *version);
  if (*version == newest) return {};
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  version = database.integer("PRAGMA user_version");  // another thread may have come first
  if (!version) return version.error();
  for (auto i = static_cast<std::size_t>(*version); i < kSteps.size(); ++i) {
    const auto applied = database.execute(kSteps[i]);
    if (!applied) return applied.error();
  }
  const std::string stamp = "PRAGMA user_version = " + std::to_string(newest);
  const auto stamped = database.execute(stamp.c_str());
  if (!stamped) return stamped.error();
  return transaction->commit();
}

}  // namespace

base::Result<Database> open_partition(const std::string& folder, Day day) {
  auto database = Database::open(partition_path(folder, day), Database::Access::read_write);
  if (!database) return database;
  // page_size counts only for a new file. 1024 pages: a checkpoint each 16 MiB of WAL.
  const auto set = database->execute(
      "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
      "PRAGMA wal_autocheckpoint=1024; PRAGMA cache_size=-2048; PRAGMA temp_store=MEMORY;"
      "PRAGMA foreign_keys=OFF");
  if (!set) return set.error();
  const auto upgraded = upgrade(*database);
  if (!upgraded) return upgraded.error();
  return database;
}

base::Result<Database> open_partition_to_read(const std::string& folder, Day day) {
  const std::string path = partition_path(folder, day);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return base::fail(base::Errc::not_found, path + ": there is none");
  }
  auto database = Database::open(path, Database::Access::read_only);
  if (!database) return database;
  const auto version = database->integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version == 0) {
    return base::fail(base::Errc::not_found, database->path() + ": nothing is in it yet");
  }
  if (*version > static_cast<std::int64_t>(kSteps.size())) {
    return wrong_version(*database, *version);
  }
  if (*version < kSampling) {  // a stand-in, empty as the table would be
    const auto made = database->execute(
        "PRAGMA temp_store=MEMORY;"
        "CREATE TEMP TABLE sampled (id INTEGER PRIMARY KEY, ppm INTEGER, reason TEXT)");
    if (!made) return made.error();
  }
  return database;
}

base::Result<std::int64_t> last_row(Database& partition) {
  return partition.integer(
      "SELECT max((SELECT coalesce(max(id), 0) FROM spans),"
      " coalesce((SELECT value FROM notes WHERE name = 'rows_end'), 0))");
}

base::Result<void> keep_last_row(Database& partition) {
  const auto last = last_row(partition);
  if (!last) return last.error();
  return set_partition_note(partition, "rows_end", *last);
}

base::Result<std::int64_t> partition_note(Database& partition, std::string_view name) {
  auto select = partition.prepare("SELECT value FROM notes WHERE name = ?");
  if (!select) return select.error();
  select->bind(1, name);
  const auto row = select->step();
  if (!row) return row.error();
  return *row ? select->integer(0) : 0;
}

base::Result<void> set_partition_note(Database& partition, std::string_view name,
                                      std::int64_t value) {
  auto insert = partition.prepare(
      "INSERT INTO notes (name, value) VALUES (?, ?)"
      " ON CONFLICT (name) DO UPDATE SET value = excluded.value");
  if (!insert) return insert.error();
  insert->bind(1, name);
  insert->bind(2, value);
  return insert->run();
}

}  // namespace headgate::storage
