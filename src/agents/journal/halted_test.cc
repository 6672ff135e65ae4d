#include "agents/journal/halted.h"

#include <gtest/gtest.h>

namespace headgate::agents {
namespace {

using base::MonoTime;
using base::seconds;
using Ids = std::vector<std::string>;

TEST(HaltedRunsTest, IsTriedLessAndLessOften) {
  HaltedRuns halted;
  MonoTime now{};
  for (const int wait : {1, 2, 4, 8, 16, 32, 60, 60}) {
    EXPECT_TRUE(halted.add("r", now, false));
    EXPECT_EQ(halted.waiting(), 1U);
    EXPECT_EQ(halted.due(now + seconds(wait) - base::milliseconds(1)), Ids{}) << wait;
    now += seconds(wait);
    EXPECT_EQ(halted.due(now), Ids{"r"});
    EXPECT_EQ(halted.due(now + seconds(1000)), Ids{}) << "once a try";
  }
  EXPECT_EQ(halted.waiting(), 0U);
}

TEST(HaltedRunsTest, IsGivenUpWhenItsWorkIsLostAgainAndAgain) {
  HaltedRuns halted;
  for (int i = 0; i < HaltedRuns::kWorkedMax; ++i) EXPECT_TRUE(halted.add("r", {}, true));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(halted.add("r", {}, false));
  EXPECT_FALSE(halted.add("r", {}, true));
  EXPECT_EQ(halted.waiting(), 0U);
  EXPECT_TRUE(halted.add("r", {}, true)) << "a later mishap is another one";
}

TEST(HaltedRunsTest, ForgetsWhatGoesOn) {
  HaltedRuns halted;
  halted.add("a", {}, false);
  halted.add("b", {}, false);
  halted.forget("a");
  halted.forget("nobody");
  EXPECT_EQ(halted.due(MonoTime{} + seconds(1)), Ids{"b"});
}

}  // namespace
}  // namespace headgate::agents
