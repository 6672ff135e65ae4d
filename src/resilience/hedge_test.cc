#include "resilience/hedge.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

namespace headgate::resilience {
namespace {

using base::Duration;
using base::milliseconds;
using base::MonoTime;
using base::seconds;

constexpr MonoTime kBegin{seconds(1'000)};

TEST(HedgeGate, SaysNothingBeforeItHasSeenEnough) {
  HedgeGate gate;
  EXPECT_EQ(gate.delay(kBegin), std::nullopt);
  for (int i = 0; i < 49; ++i) gate.record(kBegin, milliseconds(300));
  EXPECT_EQ(gate.delay(kBegin), std::nullopt);
  gate.record(kBegin, milliseconds(300));
  EXPECT_TRUE(gate.delay(kBegin));
  HedgeGate any({.samples_min = 0});
  EXPECT_EQ(any.delay(kBegin), std::nullopt);
}

TEST(HedgeGate, WaitsAsLongAsMostFirstTokensTake) {
  HedgeGate gate;
  for (int i = 0; i < 95; ++i) gate.record(kBegin, milliseconds(300));
  for (int i = 0; i < 5; ++i) gate.record(kBegin, seconds(20));
  EXPECT_GE(*gate.delay(kBegin), milliseconds(300));
  EXPECT_LE(*gate.delay(kBegin), milliseconds(340));
  gate.record(kBegin, seconds(20));  // now fewer than 95 % are fast
  EXPECT_GE(*gate.delay(kBegin), seconds(20));
}

TEST(HedgeGate, IsNeverHastierThanItsLeast) {
  HedgeGate gate;
  for (int i = 0; i < 100; ++i) gate.record(kBegin, milliseconds(3));
  EXPECT_EQ(gate.delay(kBegin), milliseconds(50));
}

TEST(HedgeGate, ForgetsWhatIsOlderThanItsWindow) {
  HedgeGate gate;
  for (int i = 0; i < 100; ++i) gate.record(kBegin, milliseconds(100));
  EXPECT_TRUE(gate.delay(kBegin + seconds(44)));
  EXPECT_EQ(gate.delay(kBegin + seconds(61)), std::nullopt);
  for (int i = 0; i < 100; ++i) gate.record(kBegin + seconds(61), seconds(20));
  EXPECT_GE(*gate.delay(kBegin + seconds(61)), seconds(20));
}

TEST(HedgeGate, TakesAnySample) {
  HedgeGate gate({.samples_min = 1});
  for (const Duration sample : {Duration::min(), Duration(-1), Duration{}}) {
    gate.record(kBegin, sample);
    EXPECT_EQ(gate.delay(kBegin), milliseconds(50));
  }
  for (int i = 0; i < 100; ++i) gate.record(kBegin, Duration::max());
  EXPECT_GT(*gate.delay(kBegin), std::chrono::hours(2));
}

TEST(HedgeGate, TwentyRequestsPayForOneHedgeAndNothingElseDoes) {
  HedgeGate gate;
  EXPECT_FALSE(gate.spend(kBegin));
  for (int i = 0; i < 19; ++i) gate.on_request(kBegin);
  EXPECT_FALSE(gate.spend(kBegin));
  for (int i = 0; i < 2; ++i) gate.on_request(kBegin);  // twenty twentieths are less than one
  EXPECT_TRUE(gate.spend(kBegin));
  EXPECT_FALSE(gate.spend(kBegin + seconds(50)));
  EXPECT_EQ(gate.spent_total(), 1u);
  EXPECT_EQ(gate.refused_total(), 3u);
}

TEST(HedgeGate, SavingsHaveALimitAndDoNotOutliveTraffic) {
  HedgeGate gate;
  for (int i = 0; i < 10'000; ++i) gate.on_request(kBegin);
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(gate.spend(kBegin));
  EXPECT_TRUE(gate.spend(kBegin + seconds(60)));
  EXPECT_FALSE(gate.spend(kBegin));
  for (int i = 0; i < 10'000; ++i) gate.on_request(kBegin);
  EXPECT_FALSE(gate.spend(kBegin + seconds(61)));
}

RC_GTEST_PROP(HedgeGate, ExtraLoadStaysItsShareOfRequests, ()) {
  const double ratio = *rc::gen::inRange(0, 100) / 100.0;
  HedgeGate gate({.extra_ratio = ratio});
  MonoTime now = kBegin;
  int requests = 0;
  int hedges = 0;
  for (int i = *rc::gen::inRange(0, 500); i > 0; --i) {
    now += milliseconds(*rc::gen::element(0, 1, 1'000, 70'000));
    if (*rc::gen::inRange(0, 4) > 0) {
      gate.on_request(now);
      ++requests;
    } else {
      hedges += gate.spend(now) ? 1 : 0;
    }
    RC_ASSERT(hedges <= ratio * requests + 1e-9);
  }
}

RC_GTEST_PROP(HedgeGate, ThePercentileIsRoundedUpByAnEighthAtMost, ()) {
  const int percentile = *rc::gen::inRange(1, 101);
  HedgeGate gate({.percentile = percentile, .delay_min = Duration{}, .samples_min = 1});
  // Uniform over the scale, not over the numbers.
  const auto sample = rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 22), rc::gen::inRange(0, 100)),
                                   [](const std::pair<int, int>& of) {
                                     return (std::int64_t{1} << of.first) * (100 + of.second) / 100;
                                   });
  auto samples = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(sample));
  MonoTime now = kBegin;
  for (const auto ms : samples) {
    gate.record(now, milliseconds(ms));
    now += milliseconds(*rc::gen::inRange(0, 40));
  }
  std::sort(samples.begin(), samples.end());
  const std::size_t rank = (samples.size() * static_cast<std::size_t>(percentile) + 99) / 100;
  const std::int64_t exact = samples[rank - 1];
  const auto delay = gate.delay(now);
  RC_ASSERT(delay.has_value());
  RC_ASSERT(*delay >= milliseconds(exact));
  RC_ASSERT(*delay <= milliseconds(exact + std::max<std::int64_t>(exact / 8, 1)));
}

}  // namespace
}  // namespace headgate::resilience
