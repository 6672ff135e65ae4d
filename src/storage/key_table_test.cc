#include "storage/key_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/migrations.h"
#include "storage/temporary_folder.h"

namespace headgate::storage {
namespace {

KeyRow key(const std::string& id, std::int64_t created) {
  return {.id = id,
          .prefix = "hg_12",
          .salt = std::string("\0salt\xff", 6),
          .hash = std::string(32, '\x80'),
          .user = "u",
          .tenant = "t",
          .tier = "gold",
          .scopes = {"chat", "a \"quoted\" one"},
          .models = {},
          .created_unix_us = created,
          .revoked_unix_us = {}};
}

TEST(KeyTable, keeps_keys_across_processes) {
  const TemporaryFolder folder;
  const std::string path = folder.file("not/yet");
  KeyRow empty;
  empty.id = "bare";
  empty.created_unix_us = 3;
  {
    auto table = KeyTable::open(path).value();
    ASSERT_TRUE(table.insert(key("second", 2)));
    ASSERT_TRUE(table.insert(key("first", 1)));
    ASSERT_TRUE(table.insert(empty));
  }
  auto table = KeyTable::open(path).value();
  EXPECT_THAT(table.list().value(),
              ::testing::ElementsAre(key("first", 1), key("second", 2), empty));
}

TEST(KeyTable, revokes_once) {
  const TemporaryFolder folder;
  auto table = KeyTable::open(folder.path()).value();
  ASSERT_TRUE(table.insert(key("k", 1)));
  ASSERT_TRUE(table.revoke("k", 50));
  ASSERT_TRUE(table.revoke("k", 99));
  EXPECT_EQ(table.list().value().at(0).revoked_unix_us, 50);
  EXPECT_EQ(table.revoke("other", 1).error().code, base::Errc::not_found);
}

TEST(KeyTable, refuses_the_same_id_twice) {
  const TemporaryFolder folder;
  auto table = KeyTable::open(folder.path()).value();
  ASSERT_TRUE(table.insert(key("k", 1)));
  const auto again = table.insert(key("k", 2));
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, base::Errc::conflict);
  EXPECT_EQ(table.list().value().size(), 1u);
}

TEST(KeyTable, version_tells_of_changes_and_of_nothing_else) {
  const TemporaryFolder folder;
  auto server = KeyTable::open(folder.path()).value();
  auto cli = KeyTable::open(folder.path()).value();
  const auto before = server.version().value();
  ASSERT_TRUE(cli.insert(key("k", 1)));
  const auto inserted = server.version().value();
  EXPECT_NE(inserted, before);
  ASSERT_FALSE(cli.insert(key("k", 1)));
  auto other = open_database(folder.path()).value();
  ASSERT_TRUE(other.execute("INSERT INTO responses VALUES ('t', 'i', '', '{}', 5)"));
  EXPECT_EQ(server.version().value(), inserted);
  ASSERT_TRUE(cli.revoke("k", 5));
  EXPECT_NE(server.version().value(), inserted);
}

TEST(KeyTable, says_when_a_row_was_spoiled_by_hand) {
  const TemporaryFolder folder;
  auto table = KeyTable::open(folder.path()).value();
  ASSERT_TRUE(table.insert(key("k", 1)));
  auto other = open_database(folder.path()).value();
  ASSERT_TRUE(other.execute("UPDATE keys SET models = 'gpt'"));
  const auto listed = table.list();
  ASSERT_FALSE(listed.has_value());
  EXPECT_THAT(listed.error().detail, ::testing::HasSubstr("key k"));
}

}  // namespace
}  // namespace headgate::storage
