#include "storage/partitions/old_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "storage/migrations.h"
#include "storage/partitions/positions.h"
#include "storage/partitions/schema.h"
#include "storage/temporary_folder.h"
#include "storage/tiers/aggregates.h"
#include "storage/traces/numbered_call.h"
#include "storage/traces/trace_reader.h"
#include "storage/traces/trace_store.h"

namespace headgate::storage {
namespace {

constexpr std::uint64_t kCallsADay = 50;

// A folder as Headgate wrote it before there were partitions, made from one of today.
class OldStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_day(0);
    clock_.advance(base::seconds(86'400));
    store_day(kCallsADay);
    auto database = Database::open(database_path(folder_.path()), Database::Access::read_write);
    ASSERT_TRUE(database->execute("PRAGMA user_version = 2; BEGIN"));
    const Day first = day_of(clock_.unix_us()) - 1;
    take_partition(*database, first, 0);
    take_partition(*database, first + 1, 100);
    ASSERT_TRUE(database->execute("COMMIT"));
    for (const Day day : {first, first + 1}) {
      std::filesystem::remove(partition_path(folder_.path(), day));
    }
  }

  void store_day(std::uint64_t first) {
    auto store = TraceStore::open(
        {.folder = folder_.path(), .journal_bytes = 1 << 20, .retention_days = 0}, 1, clock_);
    for (std::uint64_t i = first; i < first + kCallsADay; ++i) {
      NumberedCall call(i);
      call.head().start_unix_us = clock_.unix_us();
      ASSERT_TRUE((*store)->sink(0).record(call.record()));
    }
  }

  void take_partition(Database& database, Day day, std::int64_t shift) {
    const std::string path = partition_path(folder_.path(), day);
    ASSERT_TRUE(database.execute("COMMIT"));
    ASSERT_TRUE(database.execute(("ATTACH '" + path + "' AS part; BEGIN").c_str()));
    for (const std::string table : {"spans", "segments", "journals"}) {
      const std::string more = table == "spans" ? ", span_count AS trace_key" : "";
      ASSERT_TRUE(database.execute(("CREATE TABLE IF NOT EXISTS " + table + " AS SELECT *" + more +
                                    " FROM part." + table + " WHERE 0")
                                       .c_str()));
    }
    // Ids of a later day are higher; both days' are within one block.
    const std::string id = std::to_string(shift);
    ASSERT_TRUE(database.execute(("UPDATE part.spans SET id = -(id + " + id + ")").c_str()));
    ASSERT_TRUE(
        database.execute("UPDATE part.spans SET id = -id; DELETE FROM journals;"
                         "INSERT INTO spans SELECT *, span_count FROM part.spans;"
                         "INSERT OR IGNORE INTO segments SELECT * FROM part.segments;"
                         "INSERT INTO journals SELECT * FROM part.journals;"
                         "COMMIT; DETACH part; BEGIN"));
  }

  std::size_t listed() {
    auto reader = TraceReader::open(folder_.path()).value();
    return reader.list({{}, 1000}).value().calls.size();
  }

  const TemporaryFolder folder_;
  base::ManualClock clock_;
};

TEST_F(OldStoreTest, its_calls_come_with_content_into_a_partition_a_day) {
  const auto unread = TraceReader::open(folder_.path());
  ASSERT_FALSE(unread.has_value());
  EXPECT_THAT(unread.error().detail, ::testing::HasSubstr("start the server once"));
  for (int again = 0; again < 2; ++again) {
    ASSERT_TRUE(prepare_folder(folder_.path(), [](auto) {}));
    EXPECT_EQ(partition_days(folder_.path()).size(), 2u);
    EXPECT_EQ(listed(), 2 * kCallsADay);
  }
  auto reader = TraceReader::open(folder_.path()).value();
  for (const std::uint64_t number : {std::uint64_t{3}, kCallsADay + 3}) {
    NumberedCall call(number);
    const Trace trace = reader.get(call.record().trace.hex()).value();
    EXPECT_EQ(trace.without_content, 0u);
    EXPECT_EQ(trace.exchanges.at(0).record().spans[0].input, call.head().input);
  }
  std::int64_t calls = 0;
  ASSERT_TRUE(
      read_hours(folder_.path(), 0, [&](auto&&, const HourTotals& t) { calls += t.calls; }));
  EXPECT_EQ(calls, std::int64_t{2 * kCallsADay});
  auto database = open_database(folder_.path()).value();
  EXPECT_EQ(database.integer("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'old_%'").value(),
            0);
}

TEST_F(OldStoreTest, an_interrupted_move_is_finished) {
  const std::string old = folder_.file("as_it_was");
  std::filesystem::copy_file(database_path(folder_.path()), old);
  ASSERT_TRUE(prepare_folder(folder_.path(), [](auto) {}));
  // Killed after the copies were made and before the old tables were dropped.
  std::filesystem::rename(old, database_path(folder_.path()));
  ASSERT_TRUE(prepare_folder(folder_.path(), [](auto) {}));
  EXPECT_EQ(listed(), 2 * kCallsADay);
}

TEST_F(OldStoreTest, its_journals_are_not_stored_again) {
  ASSERT_TRUE(prepare_folder(folder_.path(), [](auto) {}));
  const auto after = read_positions(folder_.path()).value();
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(after.begin()->second.stored, 2 * kCallsADay);
  auto store = TraceStore::open(
      {.folder = folder_.path(), .journal_bytes = 1 << 20, .retention_days = 0}, 1, clock_);
  NumberedCall call(1000);
  ASSERT_TRUE((*store)->sink(0).record(call.record()));
  (*store)->close();
  EXPECT_EQ(listed(), 2 * kCallsADay + 1);
}

}  // namespace
}  // namespace headgate::storage
