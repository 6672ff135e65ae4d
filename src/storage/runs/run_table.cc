#include "storage/runs/run_table.h"

#include <utility>

#include "storage/folder_lock.h"
#include "storage/new_database.h"

namespace headgate::storage {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::int64_t kSchema = 2;
constexpr const char* kCreate = R"sql(
CREATE TABLE definitions (
  digest TEXT PRIMARY KEY,
  text TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  user TEXT NOT NULL,
  agent TEXT NOT NULL,
  status TEXT NOT NULL,
  definition TEXT NOT NULL,
  idempotency_key TEXT,
  fingerprint TEXT NOT NULL,
  session TEXT NOT NULL DEFAULT '',
  created_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL,
  entries INTEGER NOT NULL
);
CREATE UNIQUE INDEX runs_by_key ON runs (owner, user, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
CREATE INDEX runs_by_status ON runs (status, created_us);
CREATE INDEX runs_by_owner ON runs (owner, created_us);
CREATE INDEX runs_by_definition ON runs (definition);
CREATE INDEX runs_by_session ON runs (owner, user, session, updated_us) WHERE session <> '';
CREATE TABLE entries (
  run TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at_us INTEGER NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (run, seq)
) WITHOUT ROWID;
PRAGMA user_version = 2;
)sql";
// What versions before sessions have made.
constexpr const char* kFrom1 = R"sql(
ALTER TABLE runs ADD COLUMN session TEXT NOT NULL DEFAULT '';
CREATE INDEX runs_by_session ON runs (owner, user, session, updated_us) WHERE session <> '';
PRAGMA user_version = 2;
)sql";

constexpr std::string_view kColumns =
    "id, owner, user, agent, status, definition, ifnull(idempotency_key, ''), fingerprint,"
    " session, created_us, updated_us, entries";

std::string select(std::string_view rest) {
  return "SELECT " + std::string(kColumns) + " FROM runs " + std::string(rest);
}

RunRow read_row(Statement& from) {
  RunRow out;
  int column = 0;
  for (std::string* text :
       {&out.id, &out.owner, &out.user, &out.agent, &out.status, &out.definition,
        &out.idempotency_key, &out.fingerprint, &out.session}) {
    *text = from.text(column++);
  }
  out.created_unix_us = from.integer(column++);
  out.updated_unix_us = from.integer(column++);
  out.entries = from.integer(column);
  return out;
}

Result<std::vector<RunEntry>> read_entries(Statement& from) {
  std::vector<RunEntry> out;
  while (true) {
    const auto row = from.step();
    if (!row) return row.error();
    if (!*row) return out;
    out.push_back(
        {from.integer(0), from.integer(1), std::string(from.text(2)), std::string(from.text(3))});
  }
}

Result<void> from_1(Database& database) {
  const auto version = database.integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version != 1) return {};
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  if (auto changed = database.execute(kFrom1); !changed) return changed;
  return transaction->commit();
}

}  // namespace

Result<RunTable> RunTable::open(const std::string& folder) {
  if (auto created = create_folder(folder); !created) return created.error();
  auto database = Database::open(folder + "/runs.db", Database::Access::read_write);
  if (!database) return database.error();
  // FULL: what was committed outlives a power cut too, and so does the knowledge that a call of a
  // tool had begun.
  const auto set = database->execute(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-8192;"
      "PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON");
  if (!set) return set.error();
  if (auto ready = from_1(*database); !ready) return ready.error();
  if (auto ready = create_if_new(*database, kSchema, kCreate); !ready) return ready.error();
  return RunTable(std::move(*database));
}

Result<std::optional<RunRow>> RunTable::same_key(const RunRow& row) {
  if (row.idempotency_key.empty()) return std::optional<RunRow>();
  auto statement =
      database_.prepare(select("WHERE owner = ? AND user = ? AND idempotency_key = ?"));
  if (!statement) return statement.error();
  statement->bind(1, row.owner);
  statement->bind(2, row.user);
  statement->bind(3, row.idempotency_key);
  const auto found = statement->step();
  if (!found) return found.error();
  if (!*found) return std::optional<RunRow>();
  return std::optional(read_row(*statement));
}

Result<void> RunTable::insert_row(const RunRow& row) {
  auto statement = database_.prepare(
      "INSERT INTO runs (id, owner, user, agent, status, definition, idempotency_key, fingerprint,"
      " session, created_us, updated_us, entries) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)");
  if (!statement) return statement.error();
  int index = 1;
  for (const std::string* text :
       {&row.id, &row.owner, &row.user, &row.agent, &row.status, &row.definition}) {
    statement->bind(index++, *text);
  }
  if (row.idempotency_key.empty()) {
    statement->bind_null(index++);
  } else {
    statement->bind(index++, row.idempotency_key);
  }
  statement->bind(index++, row.fingerprint);
  statement->bind(index++, row.session);
  for (const std::int64_t number : {row.created_unix_us, row.updated_unix_us, row.entries}) {
    statement->bind(index++, number);
  }
  return statement->run();
}

Result<void> RunTable::insert_definition(const std::string& digest, const std::string& text) {
  auto statement =
      database_.prepare("INSERT OR IGNORE INTO definitions (digest, text) VALUES (?, ?)");
  if (!statement) return statement.error();
  statement->bind(1, digest);
  statement->bind(2, text);
  return statement->run();
}

Result<void> RunTable::insert_entries(std::string_view id, const std::vector<RunEntry>& entries) {
  auto statement =
      database_.prepare("INSERT INTO entries (run, seq, at_us, kind, body) VALUES (?, ?, ?, ?, ?)");
  if (!statement) return statement.error();
  for (const RunEntry& entry : entries) {
    statement->bind(1, id);
    statement->bind(2, entry.seq);
    statement->bind(3, entry.at_unix_us);
    statement->bind(4, entry.kind);
    statement->bind(5, entry.body);
    if (auto ran = statement->run(); !ran) return ran;
  }
  return {};
}

Result<CreatedRun> RunTable::create(const NewRun& run) {
  auto known = same_key(run.row);
  if (!known) return known.error();
  if (*known) return CreatedRun{false, std::move(**known)};
  RunRow row = run.row;
  row.entries = static_cast<std::int64_t>(run.entries.size());
  if (auto ok = insert_definition(row.definition, run.definition); !ok) return ok.error();
  if (auto ok = insert_row(row); !ok) return ok.error();
  if (auto ok = insert_entries(row.id, run.entries); !ok) return ok.error();
  return CreatedRun{true, std::move(row)};
}

Result<void> RunTable::append(const RunAppend& more, std::int64_t now_unix_us) {
  const std::int64_t before = more.entries.front().seq - 1;
  auto statement = database_.prepare(
      "UPDATE runs SET status = ?, updated_us = ?, entries = ? WHERE id = ? AND entries = ?");
  if (!statement) return statement.error();
  statement->bind(1, more.status);
  statement->bind(2, now_unix_us);
  statement->bind(3, before + static_cast<std::int64_t>(more.entries.size()));
  statement->bind(4, more.id);
  statement->bind(5, before);
  if (auto ran = statement->run(); !ran) return ran;
  if (database_.changes() == 0) {
    return fail(Errc::conflict, "the run " + more.id + " has gone on elsewhere");
  }
  return insert_entries(more.id, more.entries);
}

Result<RunRow> RunTable::row(std::string_view id) {
  auto statement = database_.prepare(select("WHERE id = ?"));
  if (!statement) return statement.error();
  statement->bind(1, id);
  const auto found = statement->step();
  if (!found) return found.error();
  if (!*found) return fail(Errc::not_found, "no such run");
  return read_row(*statement);
}

Result<StoredRun> RunTable::find(std::string_view id) {
  auto found = row(id);
  if (!found) return found.error();
  StoredRun out;
  out.row = std::move(*found);
  auto statement = database_.prepare("SELECT text FROM definitions WHERE digest = ?");
  if (!statement) return statement.error();
  statement->bind(1, out.row.definition);
  const auto text = statement->step();
  if (!text) return text.error();
  if (*text) out.definition = statement->text(0);
  auto entries = entries_after(id, 0, out.row.entries);
  if (!entries) return entries.error();
  out.entries = std::move(*entries);
  return out;
}

Result<std::vector<RunEntry>> RunTable::entries_after(std::string_view id, std::int64_t seq,
                                                      std::int64_t rows_max) {
  auto statement = database_.prepare(
      "SELECT seq, at_us, kind, body FROM entries WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?");
  if (!statement) return statement.error();
  statement->bind(1, id);
  statement->bind(2, seq);
  statement->bind(3, rows_max);
  return read_entries(*statement);
}

Result<std::vector<RunRow>> RunTable::list(const RunFilter& filter) {
  auto statement = database_.prepare(
      select("WHERE (?1 = '' OR owner = ?1) AND (?2 = '' OR user = ?2) AND (?3 = '' OR agent = ?3)"
             " AND (?4 = '' OR status = ?4) AND (?5 = '' OR session = ?5)"
             " AND (?6 = '' OR rowid < (SELECT rowid FROM runs WHERE id = ?6))"
             " ORDER BY rowid DESC LIMIT ?7"));
  if (!statement) return statement.error();
  int index = 1;
  for (const std::string* text : {&filter.owner, &filter.user, &filter.agent, &filter.status,
                                  &filter.session, &filter.before}) {
    statement->bind(index++, *text);
  }
  statement->bind(index, filter.rows_max);
  std::vector<RunRow> out;
  while (true) {
    const auto found = statement->step();
    if (!found) return found.error();
    if (!*found) return out;
    out.push_back(read_row(*statement));
  }
}

Result<std::vector<std::string>> RunTable::ids_of(std::string_view status) {
  auto statement =
      database_.prepare("SELECT id FROM runs WHERE status = ? ORDER BY created_us, rowid");
  if (!statement) return statement.error();
  statement->bind(1, status);
  std::vector<std::string> out;
  while (true) {
    const auto found = statement->step();
    if (!found) return found.error();
    if (!*found) return out;
    out.emplace_back(statement->text(0));
  }
}

Result<void> RunTable::forget(std::string_view id) {
  for (const std::string_view sql :
       {"DELETE FROM entries WHERE run = ?", "DELETE FROM runs WHERE id = ?"}) {
    auto statement = database_.prepare(sql);
    if (!statement) return statement.error();
    statement->bind(1, id);
    if (auto ran = statement->run(); !ran) return ran;
  }
  return {};
}

Result<std::int64_t> RunTable::expire(const std::vector<std::string>& ended,
                                      std::int64_t before_unix_us, std::int64_t rows_max) {
  std::int64_t gone = 0;
  for (const std::string& status : ended) {
    auto statement =
        database_.prepare("SELECT id FROM runs WHERE status = ? AND updated_us < ? LIMIT ?");
    if (!statement) return statement.error();
    statement->bind(1, status);
    statement->bind(2, before_unix_us);
    statement->bind(3, rows_max - gone);
    std::vector<std::string> ids;
    while (true) {
      const auto found = statement->step();
      if (!found) return found.error();
      if (!*found) break;
      ids.emplace_back(statement->text(0));
    }
    for (const std::string& id : ids) {
      if (auto ok = forget(id); !ok) return ok.error();
    }
    gone += static_cast<std::int64_t>(ids.size());
  }
  if (gone == 0) return gone;
  if (auto ok = forget_definitions(); !ok) return ok.error();
  return gone;
}

Result<void> RunTable::forget_definitions() {
  auto unused = database_.prepare(
      "DELETE FROM definitions WHERE digest NOT IN (SELECT definition FROM runs)");
  if (!unused) return unused.error();
  return unused->run();
}

}  // namespace headgate::storage
