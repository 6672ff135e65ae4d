#include "storage/migrations.h"

#include <array>
#include <string>

namespace headgate::storage {
namespace {

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
  trace_key INTEGER,
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
CREATE INDEX spans_by_trace ON spans (trace_key) WHERE trace_key IS NOT NULL;
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
CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  prefix TEXT NOT NULL,
  salt BLOB NOT NULL,
  hash BLOB NOT NULL,
  user TEXT NOT NULL,
  tenant TEXT NOT NULL,
  tier TEXT NOT NULL,
  scopes TEXT NOT NULL,
  models TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  revoked_us INTEGER
) WITHOUT ROWID;
CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO meta VALUES ('keys_version', 1);
)sql";

// Answers of the Responses API that callers may go on from.
constexpr const char* kResponses = R"sql(
CREATE TABLE responses (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  previous TEXT NOT NULL,
  entry TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
CREATE INDEX responses_by_age ON responses (created_us);
)sql";

// Spans went into partitions of their own: what is here is moved when a server starts
// (partitions/old_store).
constexpr const char* kPartitions = R"sql(
ALTER TABLE spans RENAME TO old_spans;
ALTER TABLE segments RENAME TO old_segments;
ALTER TABLE journals RENAME TO old_journals;
)sql";

constexpr std::array kMigrations{kFirst, kResponses, kPartitions};

base::Error newer(const Database& database, std::int64_t version) {
  return base::fail(base::Errc::storage_failed,
                    database.path() + ": written by a newer Headgate (schema " +
                        std::to_string(version) + ", this one knows " +
                        std::to_string(schema_version()) +
                        "): upgrade the program, or use another storage folder");
}

}  // namespace

int schema_version() { return static_cast<int>(kMigrations.size()); }

base::Result<void> migrate(Database& database) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  const auto version = database.integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version > schema_version()) return newer(database, *version);
  if (*version == schema_version()) return {};
  for (auto i = static_cast<std::size_t>(*version); i < kMigrations.size(); ++i) {
    const auto applied = database.execute(kMigrations[i]);
    if (!applied) return applied.error();
  }
  const std::string stamp = "PRAGMA user_version = " + std::to_string(schema_version());
  const auto stamped = database.execute(stamp.c_str());
  if (!stamped) return stamped.error();
  return transaction->commit();
}

base::Result<void> check_schema(Database& database) {
  const auto version = database.integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version > schema_version()) return newer(database, *version);
  if (*version < schema_version()) {
    return base::fail(
        base::Errc::storage_failed,
        database.path() + ": has an older schema; start the server once to upgrade it");
  }
  return {};
}

std::string database_path(const std::string& folder) { return folder + "/headgate.db"; }

base::Result<Database> open_database(const std::string& folder) {
  auto database = Database::open(database_path(folder), Database::Access::read_write);
  if (!database) return database;
  // page_size counts only for a new file. 1024 pages: a checkpoint each 16 MiB of WAL.
  const auto set = database->execute(
      "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
      "PRAGMA wal_autocheckpoint=1024; PRAGMA cache_size=-2048; PRAGMA temp_store=MEMORY;"
      "PRAGMA foreign_keys=OFF");
  if (!set) return set.error();
  const auto migrated = migrate(*database);
  if (!migrated) return migrated.error();
  return database;
}

}  // namespace headgate::storage
