#include "storage/runs/run_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>

#include "storage/temporary_folder.h"

namespace headgate::storage {
namespace {

using base::Errc;
using base::Result;

constexpr std::int64_t kDayUs = 86'400'000'000;

template <class T, class Start>
Result<T> wait(Start start) {
  auto promise = std::make_shared<std::promise<Result<T>>>();
  auto future = promise->get_future();
  start([promise](Result<T> result) { promise->set_value(std::move(result)); });
  return future.get();
}

NewRun run_called(const std::string& id, const std::string& key = {}) {
  NewRun out;
  out.row.id = id;
  out.row.owner = "tenant acme";
  out.row.user = "ute";
  out.row.agent = "triage";
  out.row.status = "running";
  out.row.definition = "sha256:1";
  out.row.idempotency_key = key;
  out.row.fingerprint = "f";
  out.definition = "{}";
  out.entries = {{1, 10, "run.created", "{}"}, {2, 10, "step.agent_started", "{}"}};
  return out;
}

class RunStoreTest : public testing::Test {
 protected:
  void open(std::int64_t age_max_us = 0) {
    store_.reset();
    auto opened = RunStore::open(folder_.path(), {age_max_us, {"finished"}}, clock_);
    ASSERT_TRUE(opened) << opened.error().detail;
    store_ = std::move(*opened);
  }
  Result<CreatedRun> create(const NewRun& run) {
    return wait<CreatedRun>([&](auto then) { store_->create(run, then); });
  }
  Result<void> append(const std::string& id, std::int64_t seq, const std::string& status) {
    return wait<void>([&](auto then) {
      store_->append({id, {{seq, 20, "step.x", R"({"n":1})"}}, status}, then);
    });
  }
  Result<StoredRun> find(const std::string& id) {
    return wait<StoredRun>([&](auto then) { store_->find(id, then); });
  }

  TemporaryFolder folder_;
  base::ManualClock clock_;
  std::unique_ptr<RunStore> store_;
};

TEST_F(RunStoreTest, what_is_written_is_there_after_a_restart) {
  open();
  ASSERT_TRUE(create(run_called("a")));
  ASSERT_TRUE(append("a", 3, "finished"));
  open();
  const auto found = find("a");
  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_EQ(found->row.status, "finished");
  EXPECT_EQ(found->row.entries, 3);
  EXPECT_EQ(found->definition, "{}");
  ASSERT_EQ(found->entries.size(), 3U);
  EXPECT_EQ(found->entries[2], (RunEntry{3, 20, "step.x", R"({"n":1})"}));
  EXPECT_EQ(find("b").error().code, Errc::not_found);
}

TEST_F(RunStoreTest, entries_go_on_where_the_run_stands) {
  open();
  ASSERT_TRUE(create(run_called("a")));
  EXPECT_EQ(append("a", 4, "running").error().code, Errc::conflict);
  EXPECT_EQ(append("a", 2, "running").error().code, Errc::conflict);
  EXPECT_EQ(append("b", 3, "running").error().code, Errc::conflict);
  EXPECT_TRUE(append("a", 3, "running"));
  EXPECT_EQ(find("a")->entries.size(), 3U);
}

TEST_F(RunStoreTest, a_key_makes_one_run) {
  open();
  ASSERT_TRUE(create(run_called("a", "key")));
  const auto again = create(run_called("b", "key"));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->is_new);
  EXPECT_EQ(again->row.id, "a");
  NewRun other = run_called("c", "key");
  other.row.user = "otto";
  EXPECT_TRUE(create(other)->is_new);
  EXPECT_FALSE(find("b"));
}

// All that waits is one transaction; what fails in it takes nothing from the rest.
TEST_F(RunStoreTest, commits_in_groups) {
  open();
  std::promise<void> all;
  int left = 60;
  const auto done = [&](bool expected) {
    return [&, expected](const auto& result) {
      EXPECT_EQ(result.has_value(), expected);
      if (--left == 0) all.set_value();
    };
  };
  for (int i = 0; i < 20; ++i) {
    const std::string id = "r" + std::to_string(i);
    store_->create(run_called(id), done(true));
    store_->append({id, {{9, 1, "k", "{}"}}, "running"}, done(false));
    store_->append({id, {{3, 1, "k", "{}"}}, "running"}, done(true));
  }
  all.get_future().wait();
  EXPECT_LT(store_->stats().commits, 60U);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(find("r" + std::to_string(i))->entries.size(), 3U);
}

TEST_F(RunStoreTest, lists_the_newest_first) {
  open();
  for (const char* const id : {"a", "b", "c"}) ASSERT_TRUE(create(run_called(id)));
  NewRun foreign = run_called("x");
  foreign.row.owner = "tenant other";
  ASSERT_TRUE(create(foreign));
  ASSERT_TRUE(append("b", 3, "finished"));
  const auto ids = [&](const RunFilter& filter) {
    std::string out;
    const auto rows = wait<std::vector<RunRow>>([&](auto then) { store_->list(filter, then); });
    for (const RunRow& row : *rows) out += row.id;
    return out;
  };
  EXPECT_EQ(ids({"tenant acme", "", "", "", "", 10}), "cba");
  EXPECT_EQ(ids({"tenant acme", "ute", "triage", "running", "", 10}), "ca");
  EXPECT_EQ(ids({"tenant acme", "otto", "", "", "", 10}), "");
  EXPECT_EQ(ids({"tenant acme", "", "", "", "c", 1}), "b");
  EXPECT_EQ(ids({"", "", "", "", "", 10}), "xcba");
  const auto running =
      wait<std::vector<std::string>>([&](auto then) { store_->ids_of("running", then); });
  EXPECT_EQ(*running, (std::vector<std::string>{"a", "c", "x"}));
}

TEST_F(RunStoreTest, forgets_what_ended_long_ago) {
  open(kDayUs);
  ASSERT_TRUE(create(run_called("old")));
  ASSERT_TRUE(append("old", 3, "finished"));
  ASSERT_TRUE(create(run_called("waiting")));
  clock_.advance(base::microseconds(2 * kDayUs));
  ASSERT_TRUE(create(run_called("new")));
  ASSERT_TRUE(append("new", 3, "finished"));
  ASSERT_TRUE(find("new"));  // behind it, the thread has looked
  EXPECT_EQ(find("old").error().code, Errc::not_found);
  EXPECT_TRUE(find("waiting"));
  EXPECT_EQ(find("new")->definition, "{}");
}

NewRun of_session(const std::string& id, const std::string& session, const std::string& body) {
  NewRun out = run_called(id);
  out.row.session = session;
  out.entries[0].body = body;
  return out;
}

TEST_F(RunStoreTest, a_session_has_its_newest_run_and_is_its_users_alone) {
  open();
  for (const char* id : {"a", "b", "c"}) {
    ASSERT_TRUE(create(of_session(id, "s", "{}")));
    clock_.advance(base::seconds(1));
    ASSERT_TRUE(append(id, 3, std::string(id) == "c" ? "failed" : "finished"));
  }
  ASSERT_TRUE(create(run_called("d")));
  const auto newest = [&](const std::string& user, const std::string& agent) {
    return wait<std::optional<StoredRun>>([&](auto then) {
      store_->newest_of({"tenant acme", user, "s"}, agent, "finished", then);
    });
  };
  ASSERT_TRUE(*newest("ute", "triage"));
  EXPECT_EQ((*newest("ute", "triage"))->row.id, "b");
  EXPECT_FALSE(*newest("otto", "triage"));
  EXPECT_FALSE(*newest("ute", "billing"));
  const auto listed = wait<std::vector<SessionRow>>(
      [&](auto then) { store_->sessions("tenant acme", "", 10, then); });
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ((*listed)[0].session, "s");
  EXPECT_EQ((*listed)[0].runs, 3);
}

TEST_F(RunStoreTest, what_is_erased_is_in_no_file) {
  open();
  ASSERT_TRUE(create(of_session("a", "s", R"({"x":"a secret of ute"})")));
  ASSERT_TRUE(create(of_session("b", "t", R"({"x":"something else"})")));
  const auto erase = [&](const std::string& session) {
    return wait<std::int64_t>([&](auto then) {
      store_->erase({"tenant acme", "ute", session}, then);
    });
  };
  EXPECT_EQ(erase("s").error().code, Errc::conflict);
  ASSERT_TRUE(append("a", 3, "finished"));
  EXPECT_EQ(*erase("s"), 1);
  EXPECT_EQ(*erase("s"), 0);
  EXPECT_FALSE(find("a"));
  EXPECT_TRUE(find("b"));
  std::string bytes;
  for (const auto& file : std::filesystem::directory_iterator(folder_.path())) {
    std::ifstream in(file.path(), std::ios::binary);
    bytes.append(std::istreambuf_iterator<char>(in), {});
  }
  EXPECT_EQ(bytes.find("a secret of ute"), std::string::npos);
  EXPECT_NE(bytes.find("something else"), std::string::npos);
}

TEST_F(RunStoreTest, a_journal_of_before_sessions_is_taken_over) {
  open();
  ASSERT_TRUE(create(run_called("a")));
  store_.reset();
  {
    auto database = Database::open(folder_.path() + "/runs.db", Database::Access::read_write);
    ASSERT_TRUE(database);
    ASSERT_TRUE(
        database->execute("DROP INDEX runs_by_session; ALTER TABLE runs DROP COLUMN session;"
                          "PRAGMA user_version = 1"));
  }
  open();
  EXPECT_EQ(find("a")->row.session, "");
  ASSERT_TRUE(create(of_session("b", "s", "{}")));
  EXPECT_EQ(find("b")->row.session, "s");
}

}  // namespace
}  // namespace headgate::storage
