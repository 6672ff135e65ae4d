#include "storage/job_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>
#include <vector>

namespace headgate::storage {
namespace {

TEST(JobThread, RunsWhatItWasHandedInOrderAlsoWhenItEnds) {
  std::vector<int> ran;
  {
    JobThread thread([] {});
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(thread.push([&ran, i] { ran.push_back(i); }));
  }
  ASSERT_EQ(ran.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ran[static_cast<std::size_t>(i)], i);
}

// What waits when the thread comes to look is one batch: one `between` for all of it.
TEST(JobThread, TakesWhatWaitsInOneGo) {
  std::atomic<int> batches{0};
  std::atomic<int> jobs{0};
  std::promise<void> go;
  std::promise<void> first_runs;
  {
    JobThread thread([&] { ++batches; });
    thread.push([&] {
      first_runs.set_value();
      go.get_future().wait();
    });
    first_runs.get_future().wait();
    for (int i = 0; i < 50; ++i) thread.push([&] { ++jobs; });
    go.set_value();
  }
  EXPECT_EQ(jobs, 50);
  EXPECT_EQ(batches, 2);
}

TEST(JobThread, RefusesWhatIsTooMuchUntilSomeIsDone) {
  constexpr std::size_t kMost = 256 * 1024 * 1024;
  std::promise<void> go;
  std::promise<void> over;
  JobThread thread([] {});
  ASSERT_TRUE(thread.push([&] { go.get_future().wait(); }, kMost));
  EXPECT_FALSE(thread.push([] {}, 1));
  go.set_value();
  ASSERT_TRUE(thread.push([&] { over.set_value(); }));  // holds nothing, so there is room
  over.get_future().wait();
  EXPECT_TRUE(thread.push([] {}, kMost));
}

}  // namespace
}  // namespace headgate::storage
