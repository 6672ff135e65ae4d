#include "storage/sqlite.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace headgate::storage {
namespace {

constexpr int kBusyTimeoutMs = 5000;

bool is_damage(int code) { return code == SQLITE_NOTADB || code == SQLITE_CORRUPT; }

base::Error sqlite_error(sqlite3* db, const std::string& path) {
  const int code = sqlite3_errcode(db);
  std::string detail = path + ": " + sqlite3_errmsg(db);
  if (is_damage(code)) {
    detail += "; the file is damaged or no Headgate database: move it away, or restore a copy";
  } else if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
    detail += "; another process keeps it locked";
  } else if (code == SQLITE_FULL) {
    detail += "; free some space on its disk";
  }
  return base::fail(base::Errc::storage_failed, std::move(detail));
}

// SQLite would create the file readable by everybody. One that is there is never opened here:
// closing it would drop the locks of this process's other connections to it, and the next process
// to close the database would take their write-ahead log away.
base::Result<void> create_private(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST) return {};
  if (fd < 0) {
    return base::fail(base::Errc::storage_failed,
                      path + ": cannot open the database: " + std::strerror(errno));
  }
  ::close(fd);
  return {};
}

}  // namespace

base::Result<bool> Statement::step() {
  const int code = sqlite3_step(handle());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  sqlite3* const db = sqlite3_db_handle(handle());
  const char* const path = sqlite3_db_filename(db, nullptr);
  const base::Error error = sqlite_error(db, path == nullptr ? "" : path);
  reset();
  return error;
}

base::Result<void> Statement::run() {
  for (;;) {
    const auto row = step();
    if (!row) return row.error();
    if (!*row) break;
  }
  reset();
  return {};
}

std::optional<std::int64_t> Statement::optional_integer(int column) {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::string_view Statement::text(int column) {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle(), column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle(), column))};
}

std::span<const std::uint8_t> Statement::blob(int column) {
  const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(handle(), column));
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle(), column))};
}

base::Result<Database> Database::open(const std::string& path, Access access) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READONLY;
  if (access == Access::read_write) {
    flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE;
    const auto created = create_private(path);
    if (!created) return created.error();
  }
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Database database(path, handle);
  if (code != SQLITE_OK) return database.error();
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  return database;
}

base::Result<void> Database::execute(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return error();
  return {};
}

base::Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return error();
  return Statement(statement);
}

base::Result<std::int64_t> Database::integer(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  const auto row = statement->step();
  if (!row) return row.error();
  return *row ? statement->integer(0) : 0;
}

base::Result<void> Database::add_function(const char* name, int count, Function function,
                                          void* owner) {
  const int code =
      sqlite3_create_function(handle_.get(), name, count, SQLITE_UTF8 | SQLITE_DIRECTONLY, owner,
                              function, nullptr, nullptr);
  if (code != SQLITE_OK) return error();
  return {};
}

bool Database::is_damaged() const { return is_damage(sqlite3_errcode(handle_.get())); }

base::Error Database::error() const { return sqlite_error(handle_.get(), path_); }

void configure_sqlite() { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

base::Result<Transaction> Transaction::begin(Database& database) {
  const auto begun = database.execute("BEGIN IMMEDIATE");
  if (!begun) return begun.error();
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ != nullptr) (void)database_->execute("ROLLBACK");
}

base::Result<void> Transaction::commit() {
  const auto committed = database_->execute("COMMIT");
  if (!committed) return committed.error();
  database_ = nullptr;
  return {};
}

}  // namespace headgate::storage
