// Slots with callers on several loops, by a clock that the test moves. Loops are run by hand, so
// that what another thread would do comes at the worst moment.
#include "gateway/delivery/slots.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/async/loop.h"
#include "base/async/task_group.h"
#include "gateway/delivery/health.h"
#include "gateway/delivery/keyed_limit.h"

namespace headgate::gateway {
namespace {

using base::Errc;
using base::milliseconds;

// A call: enters, and holds its slot until it is told to leave.
struct Caller {
  explicit Caller(base::Loop& on) : loop(on), tasks(on, nullptr), ctx{on, cancellation} {}

  base::Async<void> enter(Slots& slots, std::string tenant, base::MonoTime deadline) {
    entry = co_await slots.enter(ctx, tenant, deadline);
    answered = true;
  }
  bool holds() const { return answered && entry.slot.is_held(); }
  bool refused() const { return answered && !entry.slot.is_held(); }
  void leave() { entry.slot = Slot(); }

  base::Loop& loop;
  base::Cancellation cancellation;
  base::TaskGroup tasks;
  base::Context ctx;
  Slots::Entry entry;
  bool answered = false;
};

class SlotsTest : public testing::Test {
 protected:
  SlotsTest() {
    for (int i = 0; i < 2; ++i) loops_.push_back(std::make_unique<base::Loop>(clock_));
  }
  Slots& make(const SlotRules& rules) {
    return *slots_.emplace_back(std::make_unique<Slots>("provider", "p", rules));
  }
  Caller& call(Slots& slots, const std::string& tenant = "a", std::size_t on = 0,
               base::Duration within = base::seconds(100)) {
    Caller& caller = *callers_.emplace_back(std::make_unique<Caller>(*loops_[on]));
    caller.tasks.spawn(caller.enter(slots, tenant, clock_.now() + within));
    return caller;
  }
  void run(std::size_t loop) {
    loops_[loop]->wheel().advance(clock_.now());
    loops_[loop]->io().restart();
    loops_[loop]->io().poll();
  }
  void run_all() {
    for (std::size_t i = 0; i < loops_.size(); ++i) run(i);
  }

  base::ManualClock clock_;
  std::vector<std::unique_ptr<Slots>> slots_;
  std::vector<std::unique_ptr<Caller>> callers_;
  std::vector<std::unique_ptr<base::Loop>> loops_;  // last: coroutines end with it
};

TEST_F(SlotsTest, WhoLeavesWakesTheNextOnItsOwnLoop) {
  Slots& slots = make({1, 8});
  Caller& first = call(slots, "a", 0);
  Caller& second = call(slots, "a", 1);
  EXPECT_TRUE(first.holds());
  EXPECT_FALSE(second.answered);
  clock_.advance(milliseconds(30));
  first.leave();
  run(0);
  EXPECT_FALSE(second.answered) << "not on the loop of who left";
  run(1);
  ASSERT_TRUE(second.holds());
  EXPECT_EQ(second.entry.waited, milliseconds(30));
  EXPECT_EQ(slots.state().in_use, 1);
  EXPECT_EQ(slots.state().waited_total, 1u);
}

TEST_F(SlotsTest, WhoCannotWaitGetsWhatIsFreeAndNobodysTurn) {
  Slots& slots = make({1, 8});
  Caller& hasty = *callers_.emplace_back(std::make_unique<Caller>(*loops_[0]));
  {
    const Slot slot = slots.enter_now(hasty.ctx, "a");
    EXPECT_TRUE(slot.is_held());
    EXPECT_FALSE(slots.enter_now(hasty.ctx, "a").is_held());
  }
  Caller& first = call(slots);
  Caller& second = call(slots);
  first.leave();
  EXPECT_FALSE(slots.enter_now(hasty.ctx, "b").is_held()) << "it is the second's";
  run(0);
  EXPECT_TRUE(second.holds());
  EXPECT_EQ(slots.state().refused_total, 0u) << "nobody was refused who had asked to wait";
}

TEST_F(SlotsTest, AFullQueueRefusesWithAnEstimate) {
  Slots& slots = make({1, 1});
  call(slots);
  clock_.advance(base::seconds(2));
  callers_[0]->leave();  // a slot is held for 2 s
  call(slots);
  call(slots);
  Caller& third = call(slots);
  ASSERT_TRUE(third.refused());
  EXPECT_EQ(third.entry.why, Errc::overloaded);
  EXPECT_EQ(third.entry.retry_after, base::seconds(4)) << "one before it, then its own turn";
  EXPECT_EQ(slots.state().refused_total, 1u);
}

TEST_F(SlotsTest, AWaitThatLooksTooLongIsNotBegun) {
  Slots& slots = make({1, 8});
  call(slots);
  clock_.advance(base::seconds(2));
  callers_[0]->leave();
  call(slots);
  EXPECT_TRUE(call(slots, "a", 0, base::seconds(1)).refused());
  EXPECT_FALSE(call(slots, "a", 0, base::seconds(3)).answered);
}

TEST_F(SlotsTest, TheDeadlineEndsTheWait) {
  Slots& slots = make({1, 8});
  call(slots);
  Caller& waits = call(slots, "a", 1, base::seconds(1));
  clock_.advance(base::seconds(2));
  run_all();
  run_all();
  ASSERT_TRUE(waits.refused());
  EXPECT_EQ(waits.entry.why, Errc::overloaded);
  EXPECT_EQ(slots.state().queued, 0);
}

TEST_F(SlotsTest, WhoGoesAwayLeavesTheLine) {
  Slots& slots = make({1, 1});
  call(slots);
  Caller& waits = call(slots, "a", 1);
  waits.cancellation.cancel();
  run_all();
  ASSERT_TRUE(waits.refused());
  EXPECT_EQ(waits.entry.why, Errc::cancelled);
  EXPECT_FALSE(call(slots).answered) << "its place in the queue is free";
}

TEST_F(SlotsTest, ASlotGivenToOneWhoHasLeftIsPassedOn) {
  Slots& slots = make({1, 8});
  Caller& first = call(slots, "a", 0);
  Caller& leaves = call(slots, "a", 1);
  Caller& next = call(slots, "a", 0);
  leaves.cancellation.cancel();  // its loop has not run since
  first.leave();                 // so it is still next
  run(0);
  EXPECT_FALSE(next.answered);
  run(1);
  EXPECT_TRUE(leaves.refused());
  run(0);
  EXPECT_TRUE(next.holds());
}

TEST_F(SlotsTest, ALoopThatEndsPassesItsSlotsOn) {
  Slots& slots = make({1, 8});
  Caller& first = call(slots, "a", 0);
  Caller& gone = call(slots, "a", 1);
  Caller& next = call(slots, "a", 0);
  first.leave();  // to `gone`, who is not told any more
  EXPECT_FALSE(gone.answered);
  loops_.pop_back();
  run(0);
  EXPECT_TRUE(next.holds());
}

TEST_F(SlotsTest, ATenantWithManyCallsDoesNotStarveAnother) {
  Slots& slots = make({1, 100});
  Caller* holder = &call(slots, "greedy");
  std::vector<Caller*> greedy;
  for (int i = 0; i < 20; ++i) greedy.push_back(&call(slots, "greedy", 1));
  Caller& modest = call(slots, "modest", 0);
  for (int turns = 0; !modest.holds(); ++turns) {
    ASSERT_LT(turns, 3) << "two turns at most, with twenty before it in time";
    holder->leave();
    run_all();
    for (Caller* one : greedy) {
      if (one->holds()) holder = one;
    }
  }
}

TEST_F(SlotsTest, TheAdaptiveLimitFollowsWhatTheProviderSays) {
  Slots& slots = make({10, 0, true});
  EXPECT_EQ(slots.state().limit, 10);
  Failure slower;
  slower.kind = resilience::FailureKind::rate_limited;
  Caller& caller = call(slots);
  const base::MonoTime begun = clock_.now();
  clock_.advance(milliseconds(10));
  caller.entry.slot.tell(&slower, begun, std::nullopt, clock_.now());
  EXPECT_EQ(slots.state().limit, 7);
  Failure wrong;
  wrong.kind = resilience::FailureKind::caller_fault;
  caller.entry.slot.tell(&wrong, clock_.now(), std::nullopt, clock_.now());
  EXPECT_EQ(slots.state().limit, 7) << "says nothing about load";
  for (int i = 0; i < 3; ++i) call(slots);
  for (int i = 0; i < 8; ++i) {
    caller.entry.slot.tell(nullptr, clock_.now(), std::nullopt, clock_.now());
  }
  EXPECT_EQ(slots.state().limit, 8) << "used well, by answers in one piece";
}

TEST_F(SlotsTest, ThreadsNeverHoldMoreThanTheLimit) {
  constexpr int kMost = 3;
  constexpr int kThreads = 4;
  constexpr int kCalls = 50;
  const base::RealClock clock;
  Slots slots("provider", "p", {kMost, 1000});
  std::atomic<int> held{0};
  std::atomic<int> most{0};
  std::atomic<int> served{0};
  std::atomic<int> left{kThreads * kCalls};
  std::vector<std::unique_ptr<base::Loop>> loops;
  for (int i = 0; i < kThreads; ++i) loops.push_back(std::make_unique<base::Loop>(clock));
  const auto one = [&](base::Loop& loop, std::string tenant) -> base::Async<void> {
    base::Cancellation cancellation;
    base::Context ctx{loop, cancellation};
    auto entry = co_await slots.enter(ctx, tenant, loop.now() + base::seconds(60));
    if (entry.slot.is_held()) {
      const int now = ++held;
      int seen = most.load();
      while (now > seen && !most.compare_exchange_weak(seen, now)) {
      }
      co_await base::sleep_until(loop, loop.now());
      --held;
      ++served;
      entry.slot = Slot();
    }
    if (--left == 0) {
      for (auto& each : loops) each->stop();
    }
  };
  std::vector<std::unique_ptr<base::TaskGroup>> groups;
  for (int i = 0; i < kThreads; ++i) {
    groups.push_back(
        std::make_unique<base::TaskGroup>(*loops[static_cast<std::size_t>(i)], nullptr));
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const auto at = static_cast<std::size_t>(i);
      for (int k = 0; k < kCalls; ++k) {
        groups[at]->spawn(one(*loops[at], "tenant " + std::to_string(i)));
      }
      loops[at]->run();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(served, kThreads * kCalls);
  EXPECT_LE(most, kMost);
  EXPECT_EQ(slots.state().in_use, 0);
  EXPECT_EQ(slots.state().queued, 0);
}

TEST(TargetHealth, IsLeftAloneWhileItsRateLimitIsUsedUp) {
  TargetHealth target("p", "m", {});
  base::RealRandom random;
  const base::MonoTime now{base::seconds(100)};
  resilience::RateHeaders headers;
  headers.requests.remaining = 1;
  headers.requests.reset = base::seconds(6);
  target.on_rate_headers(headers, now);
  EXPECT_TRUE(target.enter(now, random).permit);
  headers.requests.remaining = 0;
  target.on_rate_headers(headers, now);
  const auto entry = target.enter(now + base::seconds(5), random);
  EXPECT_FALSE(entry.permit);
  EXPECT_TRUE(entry.asked_to_wait);
  EXPECT_EQ(entry.retry_at, now + base::seconds(6));
  EXPECT_TRUE(target.enter(now + base::seconds(6), random).permit);
}

TEST(KeyedLimit, CountsEachKeyAndForgetsIdleOnes) {
  KeyedLimit limit(2);
  auto first = limit.enter("a");
  {
    auto second = limit.enter("a");
    EXPECT_TRUE(second.is_held());
    EXPECT_FALSE(limit.enter("a").is_held());
    EXPECT_TRUE(limit.enter("b").is_held());
  }
  EXPECT_TRUE(limit.enter("a").is_held());
  EXPECT_EQ(limit.keys(), 1u);
  first = KeyedLimit::Place();
  EXPECT_EQ(limit.keys(), 0u);
  EXPECT_EQ(limit.refused_total(), 1u);
}

}  // namespace
}  // namespace headgate::gateway
