#include "agents/journal/tail.h"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <optional>
#include <vector>

#include "base/async/loop.h"
#include "base/async/task_group.h"
#include "storage/temporary_folder.h"

namespace headgate::agents {
namespace {

using base::Errc;
using base::Result;

class JournalTailTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = storage::RunStore::open(folder_.path(), {}, clock_);
    ASSERT_TRUE(opened) << opened.error().detail;
    store_ = std::move(*opened);
    storage::NewRun run;
    run.row.id = "r";
    run.entries = {{1, 10, "run.created", "{}"}};
    std::promise<bool> made;
    store_->create(run, [&](const Result<storage::CreatedRun>& row) { made.set_value(!!row); });
    ASSERT_TRUE(made.get_future().get());
    tail_.emplace(loop_, *store_, 1, [this](std::int64_t seq) { told_.push_back(seq); });
  }

  static storage::RunAppend entry(std::int64_t seq) {
    return {"r", {{seq, 20, "step.x", "{}"}}, "running"};
  }
  std::int64_t entries_on_disk() {
    std::promise<std::int64_t> count;
    store_->row(
        "r", [&](const Result<storage::RunRow>& row) { count.set_value(row ? row->entries : -1); });
    return count.get_future().get();
  }
  /// Waits on the loop for all that was appended.
  Result<void> on_disk() {
    std::optional<Result<void>> out;
    base::TaskGroup tasks(loop_, nullptr);
    tasks.spawn(wait(out));
    while (!out) loop_.run_ready();
    return *out;
  }
  base::Async<void> wait(std::optional<Result<void>>& out) {
    auto written = co_await tail_->on_disk();
    out.emplace(std::move(written));
  }

  storage::TemporaryFolder folder_;
  base::ManualClock clock_;
  base::Loop loop_{clock_};
  std::vector<std::int64_t> told_;  // outlives the store, whose thread fills it
  std::unique_ptr<storage::RunStore> store_;
  std::optional<JournalTail> tail_;
};

TEST_F(JournalTailTest, what_was_appended_is_on_the_disk_behind_the_wait) {
  for (std::int64_t seq = 2; seq < 100; ++seq) tail_->append(entry(seq));
  ASSERT_TRUE(on_disk());
  EXPECT_EQ(entries_on_disk(), 99);
}

TEST_F(JournalTailTest, nothing_appended_is_nothing_to_wait_for) { EXPECT_TRUE(on_disk()); }

TEST_F(JournalTailTest, followers_are_told_of_what_is_on_the_disk) {
  tail_->append(entry(2));
  tail_->append(entry(4));
  EXPECT_FALSE(on_disk());
  store_.reset();  // its thread has ended
  EXPECT_EQ(told_, std::vector<std::int64_t>{2});
}

TEST_F(JournalTailTest, nothing_gets_there_behind_an_entry_that_did_not) {
  tail_->append(entry(2));
  tail_->append(entry(4));  // as if 3 had failed
  tail_->append(entry(5));
  const Result<void> written = on_disk();
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::storage_failed);
  EXPECT_FALSE(tail_->so_far());
  EXPECT_EQ(entries_on_disk(), 2);
  tail_->append(entry(3));  // in its place, but the run has failed
  EXPECT_FALSE(on_disk());
}

TEST_F(JournalTailTest, a_run_that_waits_is_not_far_ahead) {
  std::promise<void> let_go;  // the disk has come to a stop
  store_->row("r", [&](const Result<storage::RunRow>&) { let_go.get_future().wait(); });
  for (std::int64_t seq = 2; seq <= 17; ++seq) tail_->append(entry(seq));
  EXPECT_FALSE(tail_->is_far_ahead());
  tail_->append(entry(18));
  EXPECT_TRUE(tail_->is_far_ahead());
  let_go.set_value();
  ASSERT_TRUE(on_disk());
  EXPECT_FALSE(tail_->is_far_ahead());
}

TEST_F(JournalTailTest, a_run_may_be_gone_before_its_entries_are_written) {
  tail_->append(entry(2));
  tail_.reset();
  EXPECT_EQ(entries_on_disk(), 2);
}

}  // namespace
}  // namespace headgate::agents
