// A loop under a clock that is moved by hand, as the simulator runs it.
#include "base/async/loop.h"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <vector>

namespace headgate::base {
namespace {

constexpr Duration kMinute = seconds(60);

Async<void> wake_at(Loop& loop, MonoTime at, std::vector<MonoTime>& woken) {
  co_await sleep_until(loop, at);
  woken.push_back(loop.now());
}

class LoopTest : public testing::Test {
 protected:
  void jump() {
    clock_.advance_to(loop_.wheel().next());
    loop_.wheel().advance(clock_.now());
    loop_.run_ready();
  }

  ManualClock clock_;
  Loop loop_{clock_, std::make_unique<SeededRandom>(7)};
  TaskGroup tasks_{loop_, nullptr};
  std::vector<MonoTime> woken_;
};

TEST_F(LoopTest, SleepsInVirtualTime) {
  const MonoTime at = clock_.now() + kMinute;
  tasks_.spawn(wake_at(loop_, at, woken_));
  tasks_.spawn(wake_at(loop_, at - seconds(50), woken_));
  loop_.run_ready();
  EXPECT_TRUE(woken_.empty());
  while (loop_.wheel().next() != MonoTime::max()) jump();
  ASSERT_EQ(woken_.size(), 2u);
  EXPECT_GE(woken_[0], at - seconds(50));
  EXPECT_LE(woken_[0], at - seconds(50) + TimerWheel::kSlot);
  EXPECT_GE(woken_[1], at);
  EXPECT_LE(woken_[1], at + TimerWheel::kSlot);
  EXPECT_EQ(tasks_.running(), 0u);
}

TEST_F(LoopTest, ATaskThatSleepsEndsWithItsLoop) {
  {
    Loop loop(clock_);
    TaskGroup of_loop(loop, nullptr);
    of_loop.spawn(wake_at(loop, clock_.now() + kMinute, woken_));
    EXPECT_EQ(loop.wheel().size(), 1u);
  }
  EXPECT_TRUE(woken_.empty());
}

TEST_F(LoopTest, WhatIsReadyRunsOnceAndNothingWaits) {
  int ran = 0;
  asio::post(loop_.io(), [&] {
    ++ran;
    asio::post(loop_.io(), [&] { ++ran; });
  });
  loop_.run_ready();
  EXPECT_EQ(ran, 2);
  loop_.run_ready();
  EXPECT_EQ(ran, 2);
}

TEST_F(LoopTest, RandomnessIsGivenIn) {
  SeededRandom same(7);
  EXPECT_EQ(loop_.random().next(), same.next());
}

}  // namespace
}  // namespace headgate::base
