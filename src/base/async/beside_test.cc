#include "base/async/beside.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "base/async/task_group.h"

namespace headgate::base {
namespace {

class BesideTest : public testing::Test {
 protected:
  void advance(Duration by) {
    clock_.advance(by);
    loop_.wheel().advance(clock_.now());
    loop_.run_ready();
  }
  Async<void> say_after(std::string what, Duration wait) {
    const MonoTime then = clock_.now() + wait;
    if (wait > Duration::zero()) co_await sleep_until(loop_, then);
    said_ += what;
  }
  Async<void> throw_after(Duration wait) {
    const MonoTime then = clock_.now() + wait;
    if (wait > Duration::zero()) co_await sleep_until(loop_, then);
    throw std::runtime_error("escaped");
  }
  Async<void> both(Async<void> one, Async<void> two) {
    Beside first(loop_, std::move(one));
    Beside second(loop_, std::move(two));
    first.start();
    second.start();
    said_ += "-";
    co_await second;
    said_ += "2";
    co_await first;
    said_ += "1";
  }

  ManualClock clock_;
  Loop loop_{clock_, std::make_unique<SeededRandom>(1)};
  std::string said_;
  std::string escaped_;
  TaskGroup tasks_{loop_, [this](std::string_view what) { escaped_ = what; }};
};

TEST_F(BesideTest, TwoGoOnAtATimeAndAreWaitedFor) {
  tasks_.spawn(both(say_after("a", seconds(1)), say_after("b", seconds(2))));
  EXPECT_EQ(said_, "-");
  advance(milliseconds(1'100));
  EXPECT_EQ(said_, "-a");
  advance(milliseconds(1'100));
  EXPECT_EQ(said_, "-ab21");
  EXPECT_EQ(tasks_.running(), 0u);
}

TEST_F(BesideTest, OneThatNeverWaitsIsOverWhenItIsStarted) {
  tasks_.spawn(both(say_after("a", {}), say_after("b", {})));
  EXPECT_EQ(said_, "ab-21");
  EXPECT_EQ(tasks_.running(), 0u);
}

TEST_F(BesideTest, WhatEscapesComesToWhoWaits) {
  tasks_.spawn(both(say_after("a", {}), throw_after(seconds(1))));
  advance(milliseconds(1'100));
  EXPECT_EQ(said_, "a-");
  EXPECT_EQ(escaped_, "escaped");
  EXPECT_EQ(tasks_.running(), 0u);
}

TEST_F(BesideTest, ALoopThatEndsTakesBoth) {
  auto loop = std::make_unique<Loop>(clock_, std::make_unique<SeededRandom>(1));
  struct Told {
    explicit Told(std::string& into, char its_name) : said(into), name(its_name) {}
    ~Told() { said += name; }
    std::string& said;
    char name;
  };
  struct Forever {
    static Async<void> wait(Loop& on, std::string& said) {
      const Told told(said, 'w');
      const MonoTime never = on.now() + seconds(1'000);
      co_await sleep_until(on, never);
    }
    static Async<void> own(Loop& on, std::string& said) {
      const Told told(said, 'o');
      Beside beside(on, wait(on, said));
      beside.start();
      co_await beside;
    }
  };
  {
    TaskGroup tasks(*loop, nullptr);
    tasks.spawn(Forever::own(*loop, said_));
    loop.reset();
  }
  EXPECT_EQ(said_, "wo");
}

}  // namespace
}  // namespace headgate::base
