// SQLite as values: a connection, a prepared statement, a transaction that rolls back unless
// committed. A connection and its statements belong to one thread at a time. Errors carry the
// file's name and what SQLite said, never the values that were bound.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace headgate::storage {

class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  // Parameters are numbered from 1. Text and blobs are not copied: they live until step() or
  // reset().
  void bind(int index, std::int64_t value) { sqlite3_bind_int64(handle(), index, value); }
  void bind(int index, std::string_view text) {
    const char* const bytes = text.empty() ? "" : text.data();  // a null pointer would bind NULL
    sqlite3_bind_text64(handle(), index, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  void bind_blob(int index, std::span<const std::uint8_t> bytes) {
    sqlite3_bind_blob64(handle(), index, bytes.data(), bytes.size(), SQLITE_STATIC);
  }
  void bind_null(int index) { sqlite3_bind_null(handle(), index); }

  /// True: there is a row to read. False: done.
  base::Result<bool> step();
  /// For statements without rows: runs to the end and is ready to be bound again.
  base::Result<void> run();
  void reset() { sqlite3_reset(handle()); }

  // Columns are numbered from 0; views live until the next step() or reset().
  bool is_null(int column) { return sqlite3_column_type(handle(), column) == SQLITE_NULL; }
  std::int64_t integer(int column) { return sqlite3_column_int64(handle(), column); }
  double real(int column) { return sqlite3_column_double(handle(), column); }
  std::optional<std::int64_t> optional_integer(int column);
  std::string_view text(int column);  // NULL reads as empty
  std::span<const std::uint8_t> blob(int column);

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
  };
  sqlite3_stmt* handle() { return statement_.get(); }
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  enum class Access : std::uint8_t { read_write, read_only };

  /// Opens `path`, which must exist for read_only and is created (mode 0600) for read_write. Waits
  /// up to 5 s for a lock another process holds.
  static base::Result<Database> open(const std::string& path, Access access);

  base::Result<void> execute(const char* sql);
  /// `sql` is a literal of this program: anything from outside is bound, never spliced in.
  base::Result<Statement> prepare(std::string_view sql);
  /// A single integer, for "SELECT max(id) …" and PRAGMAs; 0 when there is no row.
  base::Result<std::int64_t> integer(std::string_view sql);

  /// Called after each commit with the number of pages in the write-ahead log, instead of SQLite's
  /// own checkpoints. Null: neither.
  using WalHook = int (*)(void* owner, sqlite3*, const char* database, int pages);
  void set_wal_hook(WalHook hook, void* owner) { sqlite3_wal_hook(handle_.get(), hook, owner); }

  /// Makes `name` a function of SQL on this connection, of SQL that this program writes alone.
  using Function = void (*)(sqlite3_context*, int count, sqlite3_value** values);
  base::Result<void> add_function(const char* name, int count, Function function, void* owner);

  const std::string& path() const { return path_; }
  /// Whether what failed last on this connection failed because the file is damaged, or none of
  /// SQLite's.
  bool is_damaged() const;
  std::int64_t changes() const { return sqlite3_changes64(handle_.get()); }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  Database(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}
  base::Error error() const;

  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// Switches off SQLite's own memory statistics, which lock a mutex for every allocation (7 % of the
/// writer's time). For main(), before the first connection: SQLite keeps this setting for the
/// process.
void configure_sqlite();

/// BEGIN IMMEDIATE until commit(); rolled back otherwise.
class Transaction {
 public:
  static base::Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  base::Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace headgate::storage
