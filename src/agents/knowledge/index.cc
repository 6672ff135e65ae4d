#include "agents/knowledge/index.h"

#include <unistd.h>

#include "storage/folder_lock.h"

namespace headgate::agents::knowledge {

using base::Errc;
using base::fail;
using base::Result;
using storage::Database;
using storage::Transaction;

namespace {

constexpr std::int64_t kSchema = 1;

// A document counts in versions [from_version, to_version).
constexpr const char* kTables = R"sql(
CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE versions (
  number INTEGER PRIMARY KEY,
  digest TEXT NOT NULL,
  built_us INTEGER NOT NULL,
  files INTEGER NOT NULL,
  documents INTEGER NOT NULL,
  chunks INTEGER NOT NULL,
  skipped INTEGER NOT NULL,
  model TEXT NOT NULL,
  dimensions INTEGER NOT NULL
);
CREATE TABLE files (
  path TEXT PRIMARY KEY,
  digest TEXT NOT NULL,
  settings TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE documents (
  id INTEGER PRIMARY KEY,
  file TEXT NOT NULL,
  name TEXT NOT NULL,
  title TEXT NOT NULL,
  tenant TEXT NOT NULL,
  digest TEXT NOT NULL,
  from_version INTEGER NOT NULL,
  to_version INTEGER NOT NULL
);
CREATE INDEX documents_by_file ON documents (file, to_version);
CREATE INDEX documents_by_end ON documents (to_version, tenant);
CREATE TABLE labels (
  document INTEGER NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (document, name, value)
) WITHOUT ROWID;
CREATE TABLE chunks (
  id INTEGER PRIMARY KEY,
  document INTEGER NOT NULL,
  name TEXT NOT NULL,
  title TEXT NOT NULL,
  heading TEXT NOT NULL,
  text TEXT NOT NULL,
  vector INTEGER
);
CREATE INDEX chunks_by_document ON chunks (document);
CREATE INDEX chunks_by_vector ON chunks (vector) WHERE vector IS NOT NULL;
CREATE TABLE vectors (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL,
  model TEXT NOT NULL,
  vector BLOB NOT NULL,
  UNIQUE (digest, model)
);
PRAGMA user_version = 1;
)sql";

constexpr const char* kEnglishWords =
    "CREATE VIRTUAL TABLE words USING fts5(title, heading, text, content='chunks', "
    "content_rowid='id', tokenize='porter unicode61 remove_diacritics 2')";
constexpr const char* kPlainWords =
    "CREATE VIRTUAL TABLE words USING fts5(title, heading, text, content='chunks', "
    "content_rowid='id', tokenize='unicode61 remove_diacritics 2')";

std::string_view stemming_name(Stemming stemming) {
  return base::config::EnumNames<Stemming>::names[static_cast<std::size_t>(stemming)];
}

Result<void> check_schema(Database& database) {
  const auto schema = database.integer("PRAGMA user_version");
  if (!schema) return schema.error();
  if (*schema == kSchema) return {};
  return fail(Errc::storage_failed,
              database.path() + ": an index of another version of Headgate (schema " +
                  std::to_string(*schema) + ", this one knows " + std::to_string(kSchema) +
                  "): delete the file and build it again");
}

Result<void> create_tables(Database& database) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  const auto schema = database.integer("PRAGMA user_version");
  if (!schema) return schema.error();
  if (*schema != 0) return check_schema(database);
  const auto made = database.execute(kTables);
  if (!made) return made.error();
  return transaction->commit();
}

Result<std::string> read_stemming(Database& database) {
  auto row = database.prepare("SELECT value FROM meta WHERE name = 'stemming'");
  if (!row) return row.error();
  const auto found = row->step();
  if (!found) return found.error();
  return *found ? std::string(row->text(0)) : std::string();
}

}  // namespace

std::string IndexVersion::text() const {
  constexpr std::size_t kShown = 12;
  return std::to_string(number) + "-" + digest.substr(0, kShown);
}

std::string index_folder(const std::string& storage_folder, std::string_view name) {
  return storage_folder + "/knowledge/" + std::string(name);
}

std::string index_file(const std::string& folder) { return folder + "/index.db"; }

Result<Database> open_index_for_writing(const std::string& folder) {
  auto database = Database::open(index_file(folder), Database::Access::read_write);
  if (!database) return database.error();
  const auto modes = database->execute(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY");
  if (!modes) return modes.error();
  const auto made = create_tables(*database);
  if (!made) return made.error();
  return database;
}

Result<Database> open_index_for_reading(const std::string& folder) {
  const std::string file = index_file(folder);
  if (::access(file.c_str(), F_OK) != 0) {
    return fail(Errc::not_found,
                "This knowledge base has no index yet: build it with headgate kb build.");
  }
  auto database = Database::open(file, Database::Access::read_only);
  if (!database) return database.error();
  const auto checked = check_schema(*database);
  if (!checked) return checked.error();
  const auto roomy = database->execute("PRAGMA cache_size = -16384");  // KiB
  if (!roomy) return roomy.error();
  return database;
}

Result<bool> has_stemming(Database& database, Stemming stemming) {
  const auto now = read_stemming(database);
  if (!now) return now.error();
  return *now == stemming_name(stemming);
}

Result<void> set_stemming(Database& database, Stemming stemming) {
  const auto is_so = has_stemming(database, stemming);
  if (!is_so) return is_so.error();
  if (*is_so) return {};
  const auto dropped = database.execute("DROP TABLE IF EXISTS words");
  if (!dropped) return dropped.error();
  const auto made = database.execute(stemming == Stemming::english ? kEnglishWords : kPlainWords);
  if (!made) return made.error();
  const auto filled = database.execute("INSERT INTO words (words) VALUES ('rebuild')");
  if (!filled) return filled.error();
  auto noted = database.prepare("INSERT OR REPLACE INTO meta VALUES ('stemming', ?1)");
  if (!noted) return noted.error();
  noted->bind(1, stemming_name(stemming));
  return noted->run();
}

Result<std::optional<IndexVersion>> find_version(Database& database,
                                                 std::optional<std::int64_t> number) {
  auto rows = database.prepare(
      "SELECT number, digest, built_us, files, documents, chunks, skipped, model, dimensions "
      "FROM versions WHERE ?1 IS NULL OR number = ?1 ORDER BY number DESC LIMIT 1");
  if (!rows) return rows.error();
  if (number) {
    rows->bind(1, *number);
  } else {
    rows->bind_null(1);
  }
  const auto found = rows->step();
  if (!found) return found.error();
  if (!*found) return std::optional<IndexVersion>();
  IndexVersion out;
  out.number = rows->integer(0);
  out.digest = rows->text(1);
  out.built_unix_us = rows->integer(2);
  out.files = rows->integer(3);
  out.documents = rows->integer(4);
  out.chunks = rows->integer(5);
  out.skipped = rows->integer(6);
  out.model = rows->text(7);
  out.dimensions = rows->integer(8);
  return std::optional<IndexVersion>(std::move(out));
}

Result<std::string> kept_versions(Database& database) {
  auto rows = database.prepare("SELECT number FROM versions ORDER BY number");
  if (!rows) return rows.error();
  std::string out;
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return out;
    if (!out.empty()) out += ", ";
    out += std::to_string(rows->integer(0));
  }
}

}  // namespace headgate::agents::knowledge
