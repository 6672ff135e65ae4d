#include "resilience/breaker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace headgate::resilience {
namespace {

using base::Duration;
using base::milliseconds;
using base::MonoTime;
using base::seconds;
using enum BreakerState;

/// A breaker with its time and its luck.
struct Fixture {
  explicit Fixture(const BreakerRules& rules = {}) : breaker(rules) {}

  std::optional<Permit> acquire() { return breaker.acquire(now, random); }
  /// A whole call; false if it was not let through.
  bool call(Outcome outcome) {
    const auto permit = acquire();
    if (permit) breaker.report(*permit, outcome, now);
    return permit.has_value();
  }
  void calls(int n, Outcome outcome) {
    for (int i = 0; i < n; ++i) ASSERT_TRUE(call(outcome)) << i;
  }
  BreakerState state() const { return breaker.state(now); }
  void trip() { calls(5, Outcome::failure); }
  /// As a probe's failure leaves it.
  Duration open_left() const { return breaker.retry_at() - now; }

  MonoTime now{seconds(1'000)};
  base::SeededRandom random{7};
  Breaker breaker;
};

TEST(Breaker, OpensAfterFailuresInARow) {
  Fixture f;
  f.calls(4, Outcome::failure);
  EXPECT_EQ(f.state(), closed);
  f.calls(1, Outcome::failure);
  EXPECT_EQ(f.state(), open);
  EXPECT_EQ(f.breaker.reason(), "failures in a row");
  EXPECT_EQ(f.breaker.opened_total(), 1u);
  EXPECT_FALSE(f.acquire());
  EXPECT_EQ(f.breaker.rejected_total(), 1u);
}

TEST(Breaker, ASuccessEndsTheRowSlowAndNeutralDoNot) {
  Fixture f;
  f.calls(4, Outcome::failure);
  f.calls(1, Outcome::success);
  f.calls(4, Outcome::failure);
  EXPECT_EQ(f.state(), closed);
  f.calls(1, Outcome::slow);
  f.calls(1, Outcome::neutral);
  EXPECT_EQ(f.state(), closed);
  f.calls(1, Outcome::failure);
  EXPECT_EQ(f.state(), open);
}

TEST(Breaker, TenFailuresInAMinuteOpenItWhenTheyAreHalfOfTheCalls) {
  Fixture f;
  for (int i = 0; i < 9; ++i) {
    f.calls(1, Outcome::failure);
    f.calls(1, Outcome::success);
    f.now += seconds(5);
  }
  EXPECT_EQ(f.state(), closed);
  f.calls(1, Outcome::failure);
  EXPECT_EQ(f.state(), open);
  EXPECT_EQ(f.breaker.reason(), "share of failures");
}

TEST(Breaker, TenFailuresOverAnHourDoNot) {
  Fixture f;
  for (int i = 0; i < 50; ++i) {
    f.calls(1, Outcome::failure);
    f.calls(1, Outcome::success);
    f.now += seconds(7);
  }
  EXPECT_EQ(f.state(), closed);
}

TEST(Breaker, FewFailuresAmongManyCallsDoNot) {
  Fixture f;
  for (int i = 0; i < 400; ++i) {  // 4 in a row at most, 10 %, 160 in the window
    f.calls(4, Outcome::failure);
    f.calls(36, Outcome::success);
    f.now += milliseconds(100);
  }
  EXPECT_EQ(f.state(), closed);
}

TEST(Breaker, OpensWhenMostCallsAreSlow) {
  Fixture f;
  f.calls(4, Outcome::success);
  f.calls(15, Outcome::slow);
  EXPECT_EQ(f.state(), closed);  // 19 calls: too few
  f.calls(1, Outcome::slow);     // 16 of 20
  EXPECT_EQ(f.state(), open);
  EXPECT_EQ(f.breaker.reason(), "share of slow calls");

  Fixture g;
  g.calls(5, Outcome::success);
  g.calls(15, Outcome::slow);
  EXPECT_EQ(g.state(), closed);  // 15 of 20
}

TEST(Breaker, NeutralResultsNeverOpenIt) {
  Fixture f;
  f.calls(1'000, Outcome::neutral);
  EXPECT_EQ(f.state(), closed);
}

TEST(Breaker, FirstOpensForExactlyItsTimeThenLetsOneProbeThrough) {
  Fixture f;
  f.trip();
  f.now += seconds(30) - Duration(1);
  EXPECT_EQ(f.state(), open);
  EXPECT_FALSE(f.acquire());
  f.now += Duration(1);
  EXPECT_EQ(f.state(), half_open);
  const auto probe = f.acquire();
  ASSERT_TRUE(probe && probe->probe);
  EXPECT_FALSE(f.acquire());
  EXPECT_EQ(f.breaker.retry_at(), f.now + seconds(30));
  f.breaker.report(*probe, Outcome::success, f.now);
  EXPECT_EQ(f.state(), closed);
  EXPECT_EQ(f.breaker.reason(), "");
  EXPECT_EQ(f.breaker.probes_total(), 1u);
}

TEST(Breaker, SeveralProbesPassOneAtATime) {
  Fixture f({.probes = 3});
  f.trip();
  f.now += seconds(30);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(f.state(), half_open) << i;
    const auto probe = f.acquire();
    ASSERT_TRUE(probe);
    EXPECT_FALSE(f.acquire());
    f.breaker.report(*probe, Outcome::success, f.now);
  }
  EXPECT_EQ(f.state(), closed);
}

TEST(Breaker, OpensLongerEachTimeAProbeFailsUpToItsMost) {
  Fixture f;
  f.trip();
  f.now = f.breaker.retry_at();
  const std::vector<int> most_s{60, 120, 240, 300, 300, 300};
  for (const int s : most_s) {
    SCOPED_TRACE(s);
    ASSERT_TRUE(f.call(s % 120 == 0 ? Outcome::slow : Outcome::failure));
    EXPECT_EQ(f.state(), open);
    EXPECT_GE(f.open_left(), seconds(s) / 2);
    EXPECT_LE(f.open_left(), seconds(s));
    f.now = f.breaker.retry_at();
  }
}

TEST(Breaker, LaterOpeningsAreSpread) {
  Duration least = Duration::max();
  Duration most{};
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Fixture f;
    f.random = base::SeededRandom(seed);
    f.trip();
    f.now += seconds(30);
    ASSERT_TRUE(f.call(Outcome::failure));
    least = std::min(least, f.open_left());
    most = std::max(most, f.open_left());
  }
  EXPECT_LT(least, seconds(32));
  EXPECT_GT(most, seconds(58));
}

TEST(Breaker, WhatOpenedItIsNotCountedAgain) {
  Fixture f({.open = seconds(1), .ramp = Duration{}});
  for (int i = 0; i < 10; ++i) {
    f.call(Outcome::success);
    f.call(Outcome::failure);
  }
  ASSERT_EQ(f.state(), open);
  f.now += seconds(1);
  ASSERT_TRUE(f.call(Outcome::success));
  f.calls(4, Outcome::failure);  // within the same minute
  EXPECT_EQ(f.state(), closed);
}

TEST(Breaker, OnceBackForGoodItForgets) {
  Fixture f;
  f.trip();
  f.now += seconds(30);
  ASSERT_TRUE(f.call(Outcome::failure));
  f.now = f.breaker.retry_at();
  ASSERT_TRUE(f.call(Outcome::success));
  f.now += seconds(10);  // the ramp
  f.trip();
  EXPECT_EQ(f.open_left(), seconds(30));
}

TEST(Breaker, AFailureDuringTheRampIsNoFirstOne) {
  Fixture f({.consecutive = 1, .open = seconds(100), .open_max = seconds(300)});
  f.calls(1, Outcome::failure);
  f.now += seconds(100);
  ASSERT_TRUE(f.call(Outcome::success));
  while (!f.call(Outcome::failure)) {
  }
  EXPECT_EQ(f.state(), open);
  EXPECT_NE(f.open_left(), seconds(100));
  EXPECT_LE(f.open_left(), seconds(200));
}

TEST(Breaker, ComesBackInSteps) {
  Fixture f;
  f.trip();
  f.now += seconds(30);
  ASSERT_TRUE(f.call(Outcome::success));
  const std::vector<std::pair<Duration, int>> steps{{Duration{}, 10},
                                                    {milliseconds(3'000), 10},
                                                    {milliseconds(3'500), 25},
                                                    {milliseconds(7'000), 50},
                                                    {milliseconds(10'000), 100}};
  const MonoTime begin = f.now;
  for (const auto& [after, percent] : steps) {
    f.now = begin + after;
    int admitted = 0;
    for (int i = 0; i < 10'000; ++i) admitted += f.call(Outcome::success) ? 1 : 0;
    EXPECT_NEAR(admitted, percent * 100, 200) << percent;
  }
}

// OmniRoute#13836: a probe that never reported kept a breaker half open for six days.
TEST(Breaker, AProbeThatNeverReportsHasFailed) {
  Fixture f;
  f.trip();
  f.now += seconds(30);
  const auto lost = f.acquire();
  ASSERT_TRUE(lost);
  f.now += seconds(30) - Duration(1);
  EXPECT_EQ(f.state(), half_open);
  EXPECT_FALSE(f.acquire());
  f.now += Duration(1);
  EXPECT_EQ(f.state(), open);
  f.now += seconds(60);
  EXPECT_EQ(f.state(), half_open);
  EXPECT_TRUE(f.acquire());
  EXPECT_EQ(f.breaker.opened_total(), 2u);
  f.breaker.report(*lost, Outcome::success, f.now);  // too late
  EXPECT_EQ(f.state(), half_open);
  EXPECT_FALSE(f.acquire());
}

TEST(Breaker, ACancelledProbeSaysNothingAndMakesRoom) {
  Fixture f;
  f.trip();
  f.now += seconds(30);
  const auto cancelled = f.acquire();
  f.breaker.report(*cancelled, Outcome::neutral, f.now);
  EXPECT_EQ(f.state(), half_open);
  const auto probe = f.acquire();
  ASSERT_TRUE(probe);
  f.breaker.report(*cancelled, Outcome::failure, f.now);  // reported before
  EXPECT_EQ(f.state(), half_open);
  f.breaker.report(*probe, Outcome::success, f.now);
  EXPECT_EQ(f.state(), closed);
}

TEST(Breaker, ResultsOfEarlierTimesCountNothing) {
  Fixture f;
  std::vector<Permit> before;
  for (int i = 0; i < 20; ++i) before.push_back(*f.acquire());
  f.trip();
  for (int i = 0; i < 5; ++i) f.breaker.report(before[i], Outcome::success, f.now);
  EXPECT_EQ(f.state(), open);
  f.now += seconds(30);
  for (int i = 5; i < 10; ++i) f.breaker.report(before[i], Outcome::failure, f.now);
  EXPECT_EQ(f.state(), half_open);
  ASSERT_TRUE(f.call(Outcome::success));
  for (int i = 10; i < 20; ++i) f.breaker.report(before[i], Outcome::failure, f.now);
  EXPECT_EQ(f.state(), closed);
}

TEST(Breaker, OpensAtOnceAndForTheLongerTime) {
  Fixture f;
  f.breaker.open_now(f.now, seconds(600), "quota");
  EXPECT_EQ(f.state(), open);
  EXPECT_EQ(f.breaker.reason(), "quota");
  EXPECT_EQ(f.open_left(), seconds(600));
  f.breaker.open_now(f.now, seconds(5), "credential");
  EXPECT_EQ(f.open_left(), seconds(600));
  f.breaker.open_now(f.now, Duration::max(), "credential");
  EXPECT_EQ(f.breaker.retry_at(), MonoTime::max());
  EXPECT_EQ(f.breaker.opened_total(), 1u);

  Fixture g;
  g.breaker.open_now(g.now, Duration{}, "quota");
  EXPECT_EQ(g.open_left(), seconds(30));
}

TEST(Breaker, ForcedStatesHoldUntilTheyAreReleased) {
  Fixture f;
  f.breaker.force(forced_open);
  f.now += seconds(100'000);
  EXPECT_FALSE(f.acquire());
  EXPECT_EQ(f.state(), forced_open);
  EXPECT_EQ(f.breaker.retry_at(), MonoTime::max());
  f.breaker.force(forced_closed);
  f.calls(100, Outcome::failure);
  f.breaker.open_now(f.now, seconds(1), "quota");
  EXPECT_EQ(f.state(), forced_closed);
  f.breaker.release_force();
  EXPECT_EQ(f.state(), closed);
  f.calls(4, Outcome::failure);
  EXPECT_EQ(f.state(), closed);
  f.breaker.release_force();  // nothing is forced
  f.breaker.force(open);      // nor can it be
  f.calls(1, Outcome::failure);
  EXPECT_EQ(f.state(), open);
}

}  // namespace
}  // namespace headgate::resilience
