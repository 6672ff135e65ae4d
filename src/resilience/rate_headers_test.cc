#include "resilience/rate_headers.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <map>
#include <string>
#include <vector>

#include "resilience/timestamp.h"

namespace headgate::resilience {
namespace {

using base::Duration;
using base::milliseconds;
using base::seconds;

constexpr std::int64_t kNowUs = 1'795'443'531'000'000;  // 2026-11-23T14:18:51Z

using Headers = std::map<std::string, std::string, std::less<>>;

RateHeaders read(const Headers& headers) {
  return rate_headers(
      [&headers](std::string_view name) {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string_view() : std::string_view(found->second);
      },
      kNowUs);
}

TEST(RateHeaders, ReadsOpenAis) {
  const RateHeaders all = read({{"x-ratelimit-limit-requests", "60"},
                                {"x-ratelimit-limit-tokens", "150000"},
                                {"x-ratelimit-remaining-requests", "59"},
                                {"x-ratelimit-remaining-tokens", "149984"},
                                {"x-ratelimit-reset-requests", "1s"},
                                {"x-ratelimit-reset-tokens", "6m0s"}});
  EXPECT_EQ(all.requests, (RateWindow{60, 59, seconds(1)}));
  EXPECT_EQ(all.tokens, (RateWindow{150'000, 149'984, seconds(360)}));
  EXPECT_TRUE(all.input_tokens.empty());
}

TEST(RateHeaders, ReadsAnthropics) {
  const RateHeaders all =
      read({{"anthropic-ratelimit-requests-limit", "1000"},
            {"anthropic-ratelimit-requests-remaining", "0"},
            {"anthropic-ratelimit-requests-reset", "2026-11-23T14:19:51Z"},
            {"anthropic-ratelimit-tokens-remaining", "7"},
            {"anthropic-ratelimit-input-tokens-limit", "450000"},
            {"anthropic-ratelimit-input-tokens-reset", "2026-11-23T14:18:50Z"},
            {"anthropic-ratelimit-output-tokens-reset", "2026-11-23T15:18:51.5+01:00"}});
  EXPECT_EQ(all.requests, (RateWindow{1'000, 0, seconds(60)}));
  EXPECT_EQ(all.tokens, (RateWindow{{}, 7, {}}));
  EXPECT_EQ(all.input_tokens, (RateWindow{450'000, {}, Duration{}}));  // has passed
  EXPECT_EQ(all.output_tokens, (RateWindow{{}, {}, milliseconds(500)}));
}

TEST(RateHeaders, ReadsResetsOfAnyOffset) {
  for (const std::string reset :
       {"2026-11-23T14:18:52Z", "2026-11-23t14:18:52z", "2026-11-23 09:18:52-05:00",
        "2026-11-23T14:18:52+00:00", "2026-11-24T04:18:52.000000000+14:00"}) {
    EXPECT_EQ(anthropic_window("", "", reset, kNowUs).reset, seconds(1)) << reset;
  }
}

TEST(RateHeaders, NoneAreNone) { EXPECT_TRUE(read({{"x-request-id", "1"}}).empty()); }

TEST(RateHeaders, ValuesThatMakeNoSenseAreAbsent) {
  for (const std::string value :
       {"-1", "1.5", "1e9", "9223372036854775808", "18446744073709551616", "nan", "many", "0x1",
        "2026-11-23", "2026-02-30T00:00:00Z", "2026-11-23T14:18:51", "9999-12-31T23:59:59Z",
        "2026-11-23T14:18:51.Z", "2026-11-23T14:18:51Zx", "2026-11-23T14:18:51+1:00"}) {
    SCOPED_TRACE(value);
    EXPECT_TRUE(anthropic_window(value, value, value, kNowUs).empty());
  }
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  EXPECT_TRUE(anthropic_window("", "", "2026-11-23T14:18:51Z", kMin).empty());
}

TEST(RateHeaders, DurationsAreReadInAllTheirForms) {
  struct Case {
    std::string text;
    std::optional<Duration> want;
  };
  const std::vector<Case> table{
      {"1s", seconds(1)},
      {"6m0s", seconds(360)},
      {"120ms", milliseconds(120)},
      {" 7.66s ", milliseconds(7'660)},
      {"2m59.56s", milliseconds(179'560)},
      {"1h2m3s", seconds(3'723)},
      {"1d", seconds(86'400)},
      {"1h30m", seconds(5'400)},
      {"5us", base::microseconds(5)},
      {"0s", Duration{}},
      {"12", seconds(12)},
      {"0.25", milliseconds(250)},
      {"31d", std::chrono::hours(744)},
      {"31d1s", std::nullopt},
      {"", std::nullopt},
      {"s", std::nullopt},
      {"-1s", std::nullopt},
      {"1", seconds(1)},
      {"1m30", std::nullopt},
      {"1 s", std::nullopt},
      {"1x", std::nullopt},
      {"1e308s", std::nullopt},
      {"1.s", std::nullopt},
      {"inf", std::nullopt},
      {std::string(400, '9') + "s", std::nullopt},
      {std::string(300, '9') + "d" + std::string(300, '9') + "d", std::nullopt},
      {"9223372036854775807s9223372036854775807s", std::nullopt},
  };
  for (const Case& c : table) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(openai_window("", "", c.text).reset, c.want);
  }
}

std::string pieces() {
  const auto piece = rc::gen::element<std::string>("1", "59", ".", "d", "h", "m", "s", "ms", "us",
                                                   "ns", "-", ":", "T", "Z", "+01:00", "2026", "99",
                                                   "000000000000", "e", " ", "\xff");
  std::string text;
  for (const auto& part : *rc::gen::container<std::vector<std::string>>(piece)) text += part;
  return text;
}

RC_GTEST_PROP(RateHeaders, AreWithinTheirBoundsWhateverTheText, ()) {
  const auto text = *rc::gen::oneOf(rc::gen::arbitrary<std::string>(), rc::gen::exec(pieces));
  const auto now = *rc::gen::arbitrary<std::int64_t>();
  for (const RateWindow& window :
       {openai_window(text, text, text), anthropic_window(text, text, text, now)}) {
    RC_ASSERT(!window.limit || *window.limit >= 0);
    RC_ASSERT(!window.remaining || *window.remaining >= 0);
    RC_ASSERT(!window.reset || (*window.reset >= Duration{} &&
                                *window.reset <= Duration(std::chrono::hours(31 * 24))));
  }
}

RC_GTEST_PROP(Timestamp, ReadsBackWhatItIsWrittenAs, ()) {
  const std::int64_t s = *rc::gen::inRange<std::int64_t>(0, 253'402'300'800);  // to 9999
  const auto day = std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(seconds(s)));
  const std::chrono::year_month_day date(day);
  const std::int64_t rest = s - std::chrono::sys_seconds(day).time_since_epoch().count();
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(rest / 3600), int(rest / 60 % 60),
                int(rest % 60));
  RC_ASSERT(parse_rfc3339_us(text.data()) == std::optional<std::int64_t>(s * 1'000'000));
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::snprintf(text.data(), text.size(), "Thu, %02u %s %04d %02d:%02d:%02d GMT",
                unsigned(date.day()), kMonths[unsigned(date.month()) - 1], int(date.year()),
                int(rest / 3600), int(rest / 60 % 60), int(rest % 60));
  RC_ASSERT(parse_http_date(text.data()) == std::optional<std::int64_t>(s));
}

}  // namespace
}  // namespace headgate::resilience
