#include "storage/sqlite.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "storage/temporary_folder.h"

namespace headgate::storage {
namespace {

Database open(const TemporaryFolder& folder) {
  auto database = Database::open(folder.file("db"), Database::Access::read_write).value();
  database.execute("PRAGMA journal_mode=WAL; CREATE TABLE IF NOT EXISTS t (x)").value();
  return database;
}

std::int64_t rows(Database& database) { return database.integer("SELECT count(*) FROM t").value(); }

// What another process writes and closes is seen by connections that were there before, and it does
// not take their write-ahead log with it.
TEST(Sqlite, processes_that_come_and_go_leave_the_log_to_those_that_stay) {
  const TemporaryFolder folder;
  auto first = open(folder);
  auto second = open(folder);
  ASSERT_EQ(rows(first) + rows(second), 0);
  for (int i = 1; i <= 3; ++i) {
    // A new program: SQLite connections do not survive a fork.
    const std::string command = "sqlite3 '" + folder.file("db") + "' 'INSERT INTO t VALUES (1)'";
    ASSERT_EQ(std::system(command.c_str()), 0);
    EXPECT_EQ(rows(first), i);
    EXPECT_EQ(rows(second), i);
  }
}

}  // namespace
}  // namespace headgate::storage
