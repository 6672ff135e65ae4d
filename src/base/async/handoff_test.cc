#include "base/async/handoff.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>
#include <vector>

#include "base/async/task_group.h"

namespace headgate::base {
namespace {

class HandoffTest : public testing::Test {
 protected:
  using Receiver = std::function<void(Result<std::string>)>;

  // Hands out the receiver, waits, and tells what came.
  Async<void> wait(Receiver& receiver, Result<std::string>& came) {
    return wait(receiver, came, cancellation_);
  }
  Async<void> wait(Receiver& receiver, Result<std::string>& came, Cancellation& cancellation) {
    Handoff<std::string> handoff(loop_, cancellation);
    receiver = handoff.receiver();
    came = co_await handoff;
    ++resumed_;
  }
  void run_until_idle() {
    loop_.io().restart();
    loop_.io().poll();
  }

  RealClock clock_;
  Loop loop_{clock_};
  Cancellation cancellation_;
  TaskGroup tasks_{loop_, nullptr};
  int resumed_ = 0;
};

TEST_F(HandoffTest, AResultOfAnotherThreadResumesOnTheLoopsOwn) {
  Receiver receiver;
  Result<std::string> came = fail(Errc::internal, "nothing");
  tasks_.spawn(wait(receiver, came));
  std::thread([receiver] { receiver(std::string("hello")); }).join();
  EXPECT_EQ(resumed_, 0) << "not on the other thread";
  run_until_idle();
  EXPECT_EQ(resumed_, 1);
  EXPECT_EQ(came.value(), "hello");
  EXPECT_EQ(tasks_.running(), 0u);
}

TEST_F(HandoffTest, AnswersOnTheSameThreadWaitForTheLoopToo) {
  Receiver receiver;
  Result<std::string> came = fail(Errc::internal, "nothing");
  tasks_.spawn(wait(receiver, came));
  receiver(fail(Errc::overloaded, "full"));
  EXPECT_EQ(resumed_, 0);
  run_until_idle();
  EXPECT_EQ(came.error().code, Errc::overloaded);
}

TEST_F(HandoffTest, CancelledMeanwhileItEndsAndALateResultFindsNobody) {
  Receiver receiver;
  Result<std::string> came = fail(Errc::internal, "nothing");
  tasks_.spawn(wait(receiver, came));
  cancellation_.cancel();
  EXPECT_EQ(resumed_, 0) << "whoever cancels is not overtaken";
  run_until_idle();
  EXPECT_EQ(came.error().code, Errc::cancelled);
  EXPECT_EQ(tasks_.running(), 0u) << "its frame is gone";
  std::thread([receiver] { receiver(std::string("late")); }).join();
  run_until_idle();
  EXPECT_EQ(resumed_, 1);
  EXPECT_EQ(came.error().code, Errc::cancelled);
}

TEST_F(HandoffTest, OfAResultAndACancellationTheFirstCounts) {
  for (const bool result_first : {true, false}) {
    Cancellation cancellation;
    Receiver receiver;
    Result<std::string> came = fail(Errc::internal, "nothing");
    resumed_ = 0;
    tasks_.spawn(wait(receiver, came, cancellation));
    if (!result_first) cancellation.cancel();
    std::thread([receiver] { receiver(std::string("posted")); }).join();
    if (result_first) cancellation.cancel();
    run_until_idle();
    EXPECT_EQ(resumed_, 1);
    EXPECT_EQ(came.has_value(), result_first);
  }
}

TEST_F(HandoffTest, CancelledBeforeItWaitsForNobody) {
  cancellation_.cancel();
  Receiver receiver;
  Result<std::string> came = fail(Errc::internal, "nothing");
  tasks_.spawn(wait(receiver, came));
  run_until_idle();
  EXPECT_EQ(resumed_, 1);
  EXPECT_EQ(came.error().code, Errc::cancelled);
}

// Suspended frames end with their loop; the other thread must have ended before that, as the
// store's has when app.cc takes the loops down.
TEST(Handoff, ALoopThatEndsFirstTakesTheWaitingFrameWithIt) {
  const RealClock clock;
  Cancellation cancellation;
  {
    Loop loop(clock);
    TaskGroup tasks(loop, nullptr);
    const auto wait = [](Loop& on, Cancellation& until) -> Async<void> {
      Handoff<void> handoff(on, until);
      const auto receiver = handoff.receiver();
      receiver(Result<void>{});  // posted, never run
      auto came = co_await handoff;
      ADD_FAILURE() << "resumed";
    };
    tasks.spawn(wait(loop, cancellation));
  }
}

TEST_F(HandoffTest, ManyFromManyThreadsWhileTheLoopRuns) {
  constexpr std::size_t kCount = 64;
  std::vector<Receiver> receivers(kCount);
  std::vector<Result<std::string>> came(kCount, fail(Errc::internal, "nothing"));
  for (std::size_t i = 0; i < kCount; ++i) tasks_.spawn(wait(receivers[i], came[i]));
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&receivers, t] {
      for (std::size_t i = t; i < kCount; i += 4) receivers[i](std::to_string(i));
    });
  }
  while (tasks_.running() > 0) {
    loop_.io().restart();
    loop_.io().run_one_for(std::chrono::seconds(5));
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < kCount; ++i) EXPECT_EQ(came[i].value(), std::to_string(i));
}

}  // namespace
}  // namespace headgate::base
