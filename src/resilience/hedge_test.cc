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

TEST(FirstTokenTimes, SayNothingBeforeTheyHaveSeenEnough) {
  FirstTokenTimes times;
  EXPECT_EQ(times.percentile(kBegin, 95), std::nullopt);
  for (int i = 0; i < 19; ++i) times.record(kBegin, milliseconds(300));
  EXPECT_EQ(times.percentile(kBegin, 95), std::nullopt);
  times.record(kBegin, milliseconds(300));
  EXPECT_TRUE(times.percentile(kBegin, 95));
  FirstTokenTimes any({.samples_min = 0});
  EXPECT_EQ(any.percentile(kBegin, 95), std::nullopt);
}

TEST(FirstTokenTimes, AreAsLongAsMostTake) {
  FirstTokenTimes times;
  for (int i = 0; i < 95; ++i) times.record(kBegin, milliseconds(300));
  for (int i = 0; i < 5; ++i) times.record(kBegin, seconds(20));
  EXPECT_GE(*times.percentile(kBegin, 95), milliseconds(300));
  EXPECT_LE(*times.percentile(kBegin, 95), milliseconds(340));
  times.record(kBegin, seconds(20));  // now fewer than 95 % are fast
  EXPECT_GE(*times.percentile(kBegin, 95), seconds(20));
  EXPECT_LE(*times.percentile(kBegin, 50), milliseconds(340));
}

TEST(FirstTokenTimes, AreNeverSaidToBeBelowTheLeast) {
  FirstTokenTimes times;
  for (int i = 0; i < 100; ++i) times.record(kBegin, milliseconds(3));
  EXPECT_EQ(times.percentile(kBegin, 95), milliseconds(50));
}

TEST(FirstTokenTimes, ForgetWhatIsOlderThanTheirWindow) {
  FirstTokenTimes times({.window = seconds(60)});
  for (int i = 0; i < 100; ++i) times.record(kBegin, milliseconds(100));
  EXPECT_TRUE(times.percentile(kBegin + seconds(44), 95));
  EXPECT_EQ(times.percentile(kBegin + seconds(61), 95), std::nullopt);
  for (int i = 0; i < 100; ++i) times.record(kBegin + seconds(61), seconds(20));
  EXPECT_GE(*times.percentile(kBegin + seconds(61), 95), seconds(20));
}

TEST(FirstTokenTimes, TakeAnySample) {
  FirstTokenTimes times({.samples_min = 1});
  for (const Duration sample : {Duration::min(), Duration(-1), Duration{}}) {
    times.record(kBegin, sample);
    EXPECT_EQ(times.percentile(kBegin, 95), milliseconds(50));
  }
  for (int i = 0; i < 100; ++i) times.record(kBegin, Duration::max());
  EXPECT_GT(*times.percentile(kBegin, 95), std::chrono::hours(2));
}

TEST(HedgeBudget, TwentyRequestsPayForOneHedgeAndNothingElseDoes) {
  HedgeBudget budget;
  EXPECT_FALSE(budget.spend(kBegin));
  for (int i = 0; i < 19; ++i) budget.on_request(kBegin);
  EXPECT_FALSE(budget.spend(kBegin));
  for (int i = 0; i < 2; ++i) budget.on_request(kBegin);  // twenty twentieths are less than one
  EXPECT_TRUE(budget.spend(kBegin));
  EXPECT_FALSE(budget.spend(kBegin + seconds(50)));
}

TEST(HedgeBudget, SavingsHaveALimitAndDoNotOutliveTraffic) {
  HedgeBudget budget;
  for (int i = 0; i < 10'000; ++i) budget.on_request(kBegin);
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(budget.spend(kBegin));
  EXPECT_TRUE(budget.spend(kBegin + seconds(60)));
  EXPECT_FALSE(budget.spend(kBegin));
  for (int i = 0; i < 10'000; ++i) budget.on_request(kBegin);
  EXPECT_FALSE(budget.spend(kBegin + seconds(61)));
}

TEST(HedgeBudget, NewRulesTakeOverWhatIsSaved) {
  HedgeBudget budget;
  for (int i = 0; i < 10'000; ++i) budget.on_request(kBegin);
  budget.set_rules({.extra_ratio = 0, .burst = 1});
  EXPECT_TRUE(budget.spend(kBegin));
  for (int i = 0; i < 10'000; ++i) budget.on_request(kBegin);
  EXPECT_FALSE(budget.spend(kBegin));
}

RC_GTEST_PROP(HedgeBudget, ExtraLoadStaysItsShareOfRequests, ()) {
  const double ratio = *rc::gen::inRange(0, 100) / 100.0;
  HedgeBudget budget({.extra_ratio = ratio});
  MonoTime now = kBegin;
  int requests = 0;
  int hedges = 0;
  for (int i = *rc::gen::inRange(0, 500); i > 0; --i) {
    now += milliseconds(*rc::gen::element(0, 1, 1'000, 70'000));
    if (*rc::gen::inRange(0, 4) > 0) {
      budget.on_request(now);
      ++requests;
    } else {
      hedges += budget.spend(now) ? 1 : 0;
    }
    RC_ASSERT(hedges <= ratio * requests + 1e-9);
  }
}

RC_GTEST_PROP(FirstTokenTimes, APercentileIsRoundedUpByAnEighthAtMost, ()) {
  const int percentile = *rc::gen::inRange(1, 101);
  FirstTokenTimes times({.least = Duration{}, .samples_min = 1, .window = seconds(60)});
  // Uniform over the scale, not over the numbers.
  const auto sample = rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 22), rc::gen::inRange(0, 100)),
                                   [](const std::pair<int, int>& of) {
                                     return (std::int64_t{1} << of.first) * (100 + of.second) / 100;
                                   });
  auto samples = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(sample));
  MonoTime now = kBegin;
  for (const auto ms : samples) {
    times.record(now, milliseconds(ms));
    now += milliseconds(*rc::gen::inRange(0, 40));
  }
  std::sort(samples.begin(), samples.end());
  const std::size_t rank = (samples.size() * static_cast<std::size_t>(percentile) + 99) / 100;
  const std::int64_t exact = samples[rank - 1];
  const auto delay = times.percentile(now, percentile);
  RC_ASSERT(delay.has_value());
  RC_ASSERT(*delay >= milliseconds(exact));
  RC_ASSERT(*delay <= milliseconds(exact + std::max<std::int64_t>(exact / 8, 1)));
}

}  // namespace
}  // namespace headgate::resilience
