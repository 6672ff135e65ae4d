#include "base/async/timer_wheel.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <memory>
#include <vector>

namespace headgate::base {
namespace {

constexpr MonoTime kBegin{seconds(100)};

struct Alarm {
  explicit Alarm(TimerWheel& wheel)
      : timer(
            wheel, [](void* self) { ++static_cast<Alarm*>(self)->fired; }, this) {}
  int fired = 0;
  WheelTimer timer;
};

TEST(TimerWheel, FiresAfterItsTimeAndAtMostOneSlotLate) {
  TimerWheel wheel(kBegin);
  Alarm alarm(wheel);
  alarm.timer.arm(kBegin + milliseconds(100));
  wheel.advance(kBegin + milliseconds(99));
  EXPECT_EQ(alarm.fired, 0);
  wheel.advance(kBegin + milliseconds(100) + TimerWheel::kSlot);
  EXPECT_EQ(alarm.fired, 1);
  EXPECT_FALSE(alarm.timer.armed());
}

TEST(TimerWheel, MovedLaterFiresOnceAtTheNewTime) {
  TimerWheel wheel(kBegin);
  Alarm alarm(wheel);
  alarm.timer.arm(kBegin + milliseconds(50));
  alarm.timer.arm(kBegin + milliseconds(500));
  wheel.advance(kBegin + milliseconds(400));
  EXPECT_EQ(alarm.fired, 0);
  wheel.advance(kBegin + milliseconds(540));
  EXPECT_EQ(alarm.fired, 1);
}

TEST(TimerWheel, MovedEarlierFiresAtTheNewTime) {
  TimerWheel wheel(kBegin);
  Alarm alarm(wheel);
  alarm.timer.arm(kBegin + seconds(5));
  alarm.timer.arm(kBegin + milliseconds(50));
  wheel.advance(kBegin + milliseconds(100));
  EXPECT_EQ(alarm.fired, 1);
}

TEST(TimerWheel, DisarmedAndDestroyedNeverFire) {
  TimerWheel wheel(kBegin);
  Alarm kept(wheel);
  auto destroyed = std::make_unique<Alarm>(wheel);
  kept.timer.arm(kBegin + milliseconds(50));
  destroyed->timer.arm(kBegin + milliseconds(50));
  kept.timer.disarm();
  destroyed.reset();
  wheel.advance(kBegin + seconds(1));
  EXPECT_EQ(kept.fired, 0);
  EXPECT_EQ(wheel.size(), 0u);
}

TEST(TimerWheel, BeyondOneTurnWaits) {
  TimerWheel wheel(kBegin);
  Alarm alarm(wheel);
  const Duration turn = TimerWheel::kSlot * TimerWheel::kSlots;
  alarm.timer.arm(kBegin + turn * 3);
  for (int i = 1; i < 30; ++i) wheel.advance(kBegin + turn * i / 10);
  EXPECT_EQ(alarm.fired, 0);
  wheel.advance(kBegin + turn * 3 + TimerWheel::kSlot * 2);
  EXPECT_EQ(alarm.fired, 1);
}

TEST(TimerWheel, ArmedFromItsOwnCallbackFiresAgain) {
  struct Repeating {
    explicit Repeating(TimerWheel& wheel)
        : timer(
              wheel, [](void* self) { static_cast<Repeating*>(self)->fire(); }, this) {}
    void fire() {
      ++fired;
      next += milliseconds(100);
      timer.arm(next);
    }
    int fired = 0;
    MonoTime next = kBegin;
    WheelTimer timer;
  };
  TimerWheel wheel(kBegin);
  Repeating repeating(wheel);
  repeating.fire();
  for (int ms = 0; ms <= 1000; ms += 5) wheel.advance(kBegin + milliseconds(ms));
  EXPECT_GE(repeating.fired, 9);
  EXPECT_LE(repeating.fired, 11);
}

// A clock that jumps from one to the next fires everything as one that walks does.
TEST(TimerWheel, SaysWhenItsNextSlotComes) {
  TimerWheel wheel(kBegin);
  EXPECT_EQ(wheel.next(), MonoTime::max());
  Alarm soon(wheel);
  Alarm late(wheel);
  const MonoTime in_a_minute = kBegin + seconds(60);
  soon.timer.arm(kBegin + milliseconds(100));
  late.timer.arm(in_a_minute);
  MonoTime now = wheel.next();
  EXPECT_GT(now, kBegin + milliseconds(100));
  EXPECT_LE(now, kBegin + milliseconds(100) + TimerWheel::kSlot);
  int jumps = 0;
  for (; wheel.next() != MonoTime::max(); ++jumps) {
    now = wheel.next();
    wheel.advance(now);
    EXPECT_EQ(late.timer.armed(), now < in_a_minute);
  }
  EXPECT_FALSE(soon.timer.armed());
  EXPECT_GT(now, in_a_minute);
  EXPECT_LE(now, in_a_minute + TimerWheel::kSlot);
  EXPECT_LE(jumps, 5) << "looked at once a turn";
}

// Against a plain list: whatever is armed, moved and disarmed, each timer fires when it is due.
RC_GTEST_PROP(TimerWheel, AgreesWithAList, ()) {
  TimerWheel wheel(kBegin);
  std::vector<std::unique_ptr<Alarm>> alarms;
  std::vector<MonoTime> due;
  for (int i = 0; i < 8; ++i) {
    alarms.push_back(std::make_unique<Alarm>(wheel));
    due.push_back(MonoTime::max());
  }
  MonoTime now = kBegin;
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 10), rc::gen::inRange(0, 60'000)));
  for (const auto& [who, ms] : steps) {
    if (who < 8) {
      const auto i = static_cast<std::size_t>(who);
      due[i] = now + milliseconds(ms);
      alarms[i]->timer.arm(due[i]);
      continue;
    }
    now += milliseconds(who == 8 ? ms : ms / 1000);
    wheel.advance(now);
    for (std::size_t i = 0; i < alarms.size(); ++i) {
      if (due[i] <= now - TimerWheel::kSlot * 2) RC_ASSERT(!alarms[i]->timer.armed());
      if (due[i] > now && due[i] != MonoTime::max()) RC_ASSERT(alarms[i]->timer.armed());
      if (!alarms[i]->timer.armed()) due[i] = MonoTime::max();
    }
  }
}

}  // namespace
}  // namespace headgate::base
