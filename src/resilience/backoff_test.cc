#include "resilience/backoff.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace headgate::resilience {
namespace {

using base::Duration;
using base::milliseconds;
using base::seconds;

constexpr std::int64_t kNow = 1'795'443'531;  // Mon, 23 Nov 2026 14:18:51 GMT

/// Gives one number over and over.
class FixedRandom final : public base::Random {
 public:
  explicit FixedRandom(std::uint64_t value) : value_(value) {}
  std::uint64_t next() override { return value_; }

 private:
  std::uint64_t value_;
};

TEST(Backoff, DoublesUpToItsCapWithFullJitter) {
  const BackoffRules rules;
  FixedRandom most(std::numeric_limits<std::uint64_t>::max());
  FixedRandom least(0);
  const std::vector<std::pair<int, milliseconds>> table{
      {0, milliseconds(200)},
      {1, milliseconds(400)},
      {2, milliseconds(800)},
      {5, milliseconds(6'400)},
      {6, milliseconds(8'000)},
      {7, milliseconds(8'000)},
      {std::numeric_limits<int>::max(), milliseconds(8'000)},
      {-1, milliseconds(200)}};
  for (const auto& [retry, below] : table) {
    SCOPED_TRACE(retry);
    EXPECT_EQ(backoff(rules, retry, {}, most), below - Duration(1));
    EXPECT_EQ(backoff(rules, retry, {}, least), Duration::zero());
  }
}

TEST(Backoff, DoublesNothingBeyondWhatThereIs) {
  FixedRandom most(std::numeric_limits<std::uint64_t>::max());
  const BackoffRules rules{.base = Duration::max() / 2 + Duration(1), .cap = Duration::max()};
  EXPECT_EQ(backoff(rules, 5, {}, most), Duration::max() - Duration(1));
}

TEST(Backoff, WaitsNoShorterThanRetryAfter) {
  const BackoffRules rules;
  FixedRandom most(std::numeric_limits<std::uint64_t>::max());
  FixedRandom least(0);
  EXPECT_EQ(backoff(rules, 9, seconds(20), least), seconds(20));
  EXPECT_EQ(backoff(rules, 9, seconds(20), most), seconds(22) - Duration(1));
  EXPECT_EQ(backoff(rules, 0, milliseconds(10), most), milliseconds(110) - Duration(1));
  EXPECT_EQ(backoff(rules, 0, Duration::zero(), least), Duration::zero());
}

TEST(Backoff, LongWaitsAreSaidToBe) {
  EXPECT_FALSE(too_long({}, std::nullopt));
  EXPECT_FALSE(too_long({}, seconds(60)));
  EXPECT_TRUE(too_long({}, seconds(60) + Duration(1)));
}

RC_GTEST_PROP(Backoff, StaysWithinItsBoundsWhateverTheRules, ()) {
  const auto anything = rc::gen::arbitrary<std::int64_t>();
  BackoffRules rules;
  rules.base = Duration(*anything);
  rules.cap = Duration(*anything);
  const int retry = *rc::gen::arbitrary<int>();
  base::SeededRandom random(*rc::gen::arbitrary<std::uint64_t>());
  const Duration plain = backoff(rules, retry, {}, random);
  RC_ASSERT(plain >= Duration::zero());
  RC_ASSERT(plain <= std::max(rules.cap, Duration::zero()));
  const Duration asked(*anything);
  const Duration wait = backoff(rules, retry, asked, random);
  const Duration floor = std::clamp(asked, Duration::zero(), kRetryAfterMost);
  RC_ASSERT(wait >= floor);
  RC_ASSERT(wait <= floor + std::max<Duration>(milliseconds(100), floor / 10));
}

TEST(RetryAfter, IsReadInAllItsForms) {
  struct Case {
    std::string_view retry_after, ms;
    std::optional<Duration> want;
  };
  const std::string nines(400, '9');
  const std::vector<Case> table{
      {"", "", std::nullopt},
      {"0", "", Duration::zero()},
      {"20", "", seconds(20)},
      {" 20\t", "", seconds(20)},
      {"1.5", "", milliseconds(1'500)},
      {"0.0000000001", "", Duration::zero()},
      {"20", "1500", milliseconds(1'500)},  // milliseconds win
      {"20", "0.5", base::microseconds(500)},
      {"20", "soon", seconds(20)},  // unless they cannot be read
      {"20", "-5", seconds(20)},
      {"Mon, 23 Nov 2026 14:19:01 GMT", "", seconds(10)},
      {"Mon, 23 Nov 2026 14:18:51 GMT", "", Duration::zero()},
      {"Sun, 06 Nov 1994 08:49:37 GMT", "", Duration::zero()},
      {"Fri, 31 Dec 9999 23:59:59 GMT", "", std::nullopt},
      {"Mon, 23 Nov 2026 14:19:01 UTC", "", std::nullopt},
      {"Mon, 31 Feb 2026 14:19:01 GMT", "", std::nullopt},
      {"Mon, 23 Nov 2026 24:19:01 GMT", "", std::nullopt},
      {"Mon, 23 Nov 2026 14:19:01 GMT ", "", seconds(10)},
      {"Mon, 23 Nov 2026 14:19:01 GMTx", "", std::nullopt},
      {"Monday, 23-Nov-26 14:19:01 GMT", "", std::nullopt},
      {"2678400", "", seconds(2'678'400)},  // 31 days
      {"2678401", "", std::nullopt},
      {"-1", "", std::nullopt},
      {"-0", "", std::nullopt},
      {"+1", "", std::nullopt},
      {"nan", "", std::nullopt},
      {"inf", "", std::nullopt},
      {"1e308", "1e308", std::nullopt},
      {"1e1", "", std::nullopt},
      {nines, nines, std::nullopt},
      {"18446744073709551616", "", std::nullopt},
      {"9223372036854775807", "", std::nullopt},
      {"1.", "", std::nullopt},
      {".5", "", std::nullopt},
      {"1.2.3", "", std::nullopt},
      {"1,5", "", std::nullopt},
      {"0x10", "", std::nullopt},
      {"20 s", "", std::nullopt},
  };
  for (const Case& c : table) {
    SCOPED_TRACE(std::string(c.retry_after) + " | " + std::string(c.ms));
    EXPECT_EQ(parse_retry_after(c.retry_after, c.ms, kNow), c.want);
  }
}

TEST(RetryAfter, NeedsNoSaneClock) {
  const std::string_view date = "Mon, 23 Nov 2026 14:18:51 GMT";
  EXPECT_EQ(parse_retry_after(date, "", std::numeric_limits<std::int64_t>::min()), std::nullopt);
  EXPECT_EQ(parse_retry_after(date, "", std::numeric_limits<std::int64_t>::max()),
            Duration::zero());
}

/// Texts near to what is understood: pieces of it in any order.
std::string pieces() {
  const auto piece = rc::gen::element<std::string>("Mon", ", ", "23", " ", "Nov", "2026", ":", "14",
                                                   "GMT", ".", "-", "e", "9", "00000000", "+", "T",
                                                   "Z", "nan", std::string(1, '\0'), "\xff");
  std::string text;
  for (const auto& part : *rc::gen::container<std::vector<std::string>>(piece)) text += part;
  return text;
}

RC_GTEST_PROP(RetryAfter, IsWithinItsBoundsWhateverTheText, ()) {
  const auto text = *rc::gen::oneOf(rc::gen::arbitrary<std::string>(), rc::gen::exec(pieces));
  const auto wait = parse_retry_after(text, text, *rc::gen::arbitrary<std::int64_t>());
  RC_ASSERT(!wait || (*wait >= Duration::zero() && *wait <= kRetryAfterMost));
}

RC_GTEST_PROP(RetryAfter, WholeSecondsAreExact, ()) {
  const auto s = *rc::gen::inRange<std::int64_t>(0, 2'678'401);
  RC_ASSERT(parse_retry_after(std::to_string(s), "", kNow) == std::optional<Duration>(seconds(s)));
}

}  // namespace
}  // namespace headgate::resilience
