#include "base/async/mailbox.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/async/task_group.h"

namespace headgate::base {
namespace {

class MailboxTest : public testing::Test {
 protected:
  Async<void> read(Mailbox<int>& box, MonoTime until) {
    co_await box.wait(until, cancellation_);
    while (!box.empty()) got_.push_back(box.take());
    ++woken_;
  }
  void run() { loop_.run_ready(); }
  void advance(Duration by) {
    clock_.advance(by);
    loop_.wheel().advance(clock_.now());
    run();
  }

  ManualClock clock_;
  Loop loop_{clock_};
  Cancellation cancellation_;
  TaskGroup tasks_{loop_, nullptr};
  std::vector<int> got_;
  int woken_ = 0;
};

TEST_F(MailboxTest, WakesForNewsAndNotBefore) {
  Mailbox<int> box(loop_, 8);
  tasks_.spawn(read(box, MonoTime::max()));
  run();
  EXPECT_EQ(woken_, 0);
  EXPECT_TRUE(box.put(1));
  EXPECT_TRUE(box.put(2));
  EXPECT_EQ(woken_, 0);  // never from within
  run();
  EXPECT_EQ(got_, (std::vector<int>{1, 2}));
}

TEST_F(MailboxTest, WhatIsThereNeedsNoWait) {
  Mailbox<int> box(loop_, 8);
  box.put(7);
  tasks_.spawn(read(box, MonoTime::max()));
  EXPECT_EQ(got_, std::vector<int>{7});
}

TEST_F(MailboxTest, EndsWithItsTimeItsCancellationOrAWake) {
  Mailbox<int> box(loop_, 8);
  tasks_.spawn(read(box, clock_.now() + seconds(1)));
  advance(milliseconds(900));
  EXPECT_EQ(woken_, 0);
  advance(milliseconds(200));
  EXPECT_EQ(woken_, 1);
  tasks_.spawn(read(box, MonoTime::max()));
  box.wake();
  run();
  EXPECT_EQ(woken_, 2);
  tasks_.spawn(read(box, MonoTime::max()));
  cancellation_.cancel();
  run();
  EXPECT_EQ(woken_, 3);
  tasks_.spawn(read(box, MonoTime::max()));
  EXPECT_EQ(woken_, 4);
}

TEST_F(MailboxTest, DropsAndCountsWhatFindsItFull) {
  Mailbox<int> box(loop_, 2);
  EXPECT_TRUE(box.put(1));
  EXPECT_TRUE(box.put(2));
  EXPECT_FALSE(box.put(3));
  EXPECT_EQ(box.dropped(), 1U);
  box.take();
  EXPECT_TRUE(box.put(4));
}

TEST_F(MailboxTest, OtherThreadsSendAlsoWhenItIsGone) {
  std::function<void(int)> send;
  {
    Mailbox<int> box(loop_, 8);
    send = box.sender();
    tasks_.spawn(read(box, MonoTime::max()));
    std::thread([&] { send(5); }).join();
    run();
    EXPECT_EQ(got_, std::vector<int>{5});
  }
  std::thread([&] { send(6); }).join();
  run();
  EXPECT_EQ(got_, std::vector<int>{5});
}

}  // namespace
}  // namespace headgate::base
