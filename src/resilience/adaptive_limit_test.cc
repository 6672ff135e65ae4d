#include "resilience/adaptive_limit.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace headgate::resilience {
namespace {

using base::Duration;
using base::milliseconds;
using base::MonoTime;
using base::seconds;

constexpr MonoTime kBegin{seconds(1'000)};
constexpr Duration kUsual = milliseconds(500);

TEST(AdaptiveLimit, BeginsWhereItIsToldWithinItsBounds) {
  EXPECT_EQ(AdaptiveLimit().limit(), 20);
  EXPECT_EQ(AdaptiveLimit({.min = 5, .max = 9, .initial = 100}).limit(), 9);
  EXPECT_EQ(AdaptiveLimit({.min = 5, .max = 9, .initial = 1}).limit(), 5);
  EXPECT_EQ(AdaptiveLimit({.min = 0, .max = 0, .initial = 0}).limit(), 1);
}

TEST(AdaptiveLimit, GrowsByAnswersInOnePieceWhileItIsUsed) {
  AdaptiveLimit limit;
  for (int i = 0; i < 100; ++i) limit.on_answer(9);
  EXPECT_EQ(limit.limit(), 20);
  for (int i = 0; i < 22; ++i) limit.on_answer(10);
  EXPECT_EQ(limit.limit(), 21);
}

TEST(AdaptiveLimit, FallsOnceARoundTripWhenTheTargetIsOverloaded) {
  AdaptiveLimit limit;
  for (int i = 0; i < 20; ++i) limit.on_overload(kBegin + seconds(1), kBegin);  // one burst
  EXPECT_EQ(limit.limit(), 14);
  limit.on_overload(kBegin + seconds(2), kBegin + seconds(1) - Duration(1));
  EXPECT_EQ(limit.limit(), 14);
  limit.on_overload(kBegin + seconds(2), kBegin + seconds(1));  // started after the decrease
  EXPECT_EQ(limit.limit(), 9);
  for (int i = 2; i < 100; ++i) limit.on_overload(kBegin + seconds(i + 1), kBegin + seconds(i));
  EXPECT_EQ(limit.limit(), 1);
}

TEST(AdaptiveLimit, GrowsByAboutOneARoundWhileItIsUsed) {
  AdaptiveLimit limit;
  for (int i = 0; i < 21; ++i) limit.on_first_token(kBegin, kUsual, 10);
  EXPECT_EQ(limit.limit(), 21);
  for (int i = 0; i < 1'000; ++i) limit.on_first_token(kBegin, kUsual, 9);  // less than half
  EXPECT_EQ(limit.limit(), 21);
  for (int i = 0; i < 100'000; ++i) limit.on_first_token(kBegin, kUsual, 200);
  EXPECT_EQ(limit.limit(), 200);
}

TEST(AdaptiveLimit, FallsWhenFirstTokensComeLaterAndComesBack) {
  AdaptiveLimit limit({.initial = 100});
  MonoTime now = kBegin;
  for (int i = 0; i < 300; ++i) limit.on_first_token(now += kUsual, kUsual, 1);
  EXPECT_EQ(limit.limit(), 100);
  for (int i = 0; i < 20; ++i) limit.on_first_token(now += seconds(3), seconds(3), 100);
  EXPECT_LT(limit.limit(), 20);
  EXPECT_GE(limit.limit(), 4);
  for (int i = 0; i < 2'000; ++i) limit.on_first_token(now += kUsual, kUsual, limit.limit());
  EXPECT_GT(limit.limit(), 50);
}

TEST(AdaptiveLimit, ForgetsASlowSpellQuickly) {
  AdaptiveLimit limit({.initial = 100});
  MonoTime now = kBegin;
  for (int i = 0; i < 100; ++i) limit.on_first_token(now += seconds(3), seconds(3), 1);
  for (int i = 0; i < 60; ++i) limit.on_first_token(now += kUsual, kUsual, 1);
  for (int i = 0; i < 20; ++i) limit.on_first_token(now += seconds(3), seconds(3), 1);
  EXPECT_LT(limit.limit(), 50);  // 3 s is slow again, not the usual
}

TEST(AdaptiveLimit, ToleratesSmallDelaysAndFallsOnceARoundTrip) {
  AdaptiveLimit limit({.initial = 100});
  for (int i = 0; i < 300; ++i) limit.on_first_token(kBegin, kUsual, 1);
  for (int i = 0; i < 50; ++i) limit.on_first_token(kBegin, kUsual * 14 / 10, 1);
  EXPECT_EQ(limit.limit(), 100);
  for (int i = 0; i < 1'000; ++i) limit.on_first_token(kBegin, kUsual * 10, 1);  // all at once
  EXPECT_GE(limit.limit(), 60);
}

TEST(AdaptiveLimit, IsNoHigherThanThePublishedOne) {
  AdaptiveLimit limit;
  limit.on_headers(kBegin, 100, 12, {});
  EXPECT_EQ(limit.limit(), 12);
  for (int i = 0; i < 1'000; ++i) limit.on_first_token(kBegin, kUsual, 12);
  EXPECT_EQ(limit.limit(), 12);
  limit.on_headers(kBegin, 100, 0, {});  // no request at all: that is no limit, that is a mistake
  limit.on_headers(kBegin, 100, -5, {});
  EXPECT_EQ(limit.limit(), 12);
}

TEST(AdaptiveLimit, IsClosedUntilTheResetWhenNothingIsLeft) {
  AdaptiveLimit limit;
  limit.on_headers(kBegin, 1, 60, seconds(10));
  limit.on_headers(kBegin, 0, 60, std::nullopt);
  EXPECT_EQ(limit.blocked_until(kBegin), std::nullopt);
  limit.on_headers(kBegin, 0, 60, seconds(10));
  limit.on_headers(kBegin, 0, 60, seconds(5));
  EXPECT_EQ(limit.blocked_until(kBegin), kBegin + seconds(10));
  EXPECT_EQ(limit.blocked_until(kBegin + seconds(10)), std::nullopt);
  limit.on_headers(kBegin, 0, 60, Duration::max());
  EXPECT_EQ(limit.blocked_until(kBegin), kBegin + AdaptiveLimit::kBlockMost);
}

TEST(AdaptiveLimit, TokensCloseItToo) {
  for (const auto member :
       {&RateHeaders::tokens, &RateHeaders::input_tokens, &RateHeaders::output_tokens}) {
    AdaptiveLimit limit;
    RateHeaders headers;
    (headers.*member) = {1'000, 1, seconds(7)};
    limit.on_headers(kBegin, headers);
    EXPECT_EQ(limit.blocked_until(kBegin), std::nullopt);
    (headers.*member).remaining = 0;
    limit.on_headers(kBegin, headers);
    EXPECT_EQ(limit.blocked_until(kBegin), kBegin + seconds(7));
  }
}

TEST(AdaptiveLimit, RetryAfterClosesIt) {
  AdaptiveLimit limit;
  limit.block_until(kBegin, kBegin + seconds(3));
  limit.block_until(kBegin, kBegin + seconds(1));
  EXPECT_EQ(limit.blocked_until(kBegin), kBegin + seconds(3));
  limit.block_until(kBegin, MonoTime::max());
  EXPECT_EQ(limit.blocked_until(kBegin), kBegin + AdaptiveLimit::kBlockMost);
}

RC_GTEST_PROP(AdaptiveLimit, StaysWithinItsBoundsWhateverHappens, ()) {
  const int min = *rc::gen::inRange(1, 10);
  const int max = min + *rc::gen::inRange(0, 100);
  AdaptiveLimit limit({.min = min, .max = max, .initial = *rc::gen::inRange(-5, 200)});
  const auto anything = rc::gen::arbitrary<std::int64_t>();
  MonoTime now = kBegin;
  for (int i = *rc::gen::inRange(0, 100); i > 0; --i) {
    now += milliseconds(*rc::gen::inRange(0, 5'000));
    const int before = limit.limit();
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        limit.on_first_token(now, Duration(*anything), *rc::gen::arbitrary<int>());
        RC_ASSERT(limit.limit() <= before + 1);
        break;
      case 1:
        limit.on_overload(now, now - milliseconds(*rc::gen::inRange(0, 9'000)));
        RC_ASSERT(limit.limit() <= before);
        break;
      default: limit.on_headers(now, *anything, *anything, Duration(*anything));
    }
    RC_ASSERT(limit.limit() >= min);
    RC_ASSERT(limit.limit() <= max);
    const auto until = limit.blocked_until(now);
    RC_ASSERT(!until || (*until > now && *until <= now + AdaptiveLimit::kBlockMost));
  }
}

}  // namespace
}  // namespace headgate::resilience
