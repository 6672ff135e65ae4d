#include "resilience/chaos/rule.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/config/value.h"

namespace headgate::resilience {
namespace {

using base::config::to_json;

ChaosRule read(std::string_view json) {
  auto rule = read_chaos_rule(json);
  EXPECT_TRUE(rule) << json << ": " << rule.error().detail;
  return rule ? std::move(*rule) : ChaosRule{};
}

TEST(ChaosRule, IsReadWithDefaults) {
  const ChaosRule rule = read(R"({"fault": {"status": 503, "retry_after_s": 2}})");
  EXPECT_EQ(rule.percent, 100);
  EXPECT_EQ(rule.for_s, 600);
  EXPECT_EQ(rule.draw, ChaosDraw::call);
  EXPECT_FALSE(rule.max_hits);
  EXPECT_EQ(rule.fault.kind(), ChaosKind::status);
  EXPECT_EQ(to_json(rule), R"({"id": "", "match": {}, "percent": 100, "draw": "call", )"
                           R"("fault": {"status": 503, "retry_after_s": 2}, "for_s": 600})");
}

TEST(ChaosRule, HasOneFaultOfSeven) {
  const struct {
    std::string_view fault;
    ChaosKind kind;
    std::string_view name;
  } cases[] = {
      {R"({"delay_ms": 5})", ChaosKind::delay, "delay"},
      {R"({"status": 500, "message": "no"})", ChaosKind::status, "status"},
      {R"({"reset": true})", ChaosKind::reset, "reset"},
      {R"({"first_token_delay_ms": 1})", ChaosKind::first_token_delay, "first_token_delay"},
      {R"({"cut_after_bytes": 0})", ChaosKind::cut, "cut"},
      {R"({"stall_after_bytes": 1})", ChaosKind::stall, "stall"},
      {R"({"malformed_after_bytes": 2})", ChaosKind::malformed, "malformed"},
  };
  for (const auto& each : cases) {
    const ChaosRule rule = read("{\"fault\": " + std::string(each.fault) + "}");
    EXPECT_EQ(rule.fault.kind(), each.kind) << each.fault;
    EXPECT_EQ(name(rule.fault.kind()), each.name);
  }
}

TEST(ChaosRule, SaysWhatIsWrongWithIt) {
  const struct {
    std::string_view json;
    std::string_view words;
    std::string_view param;
  } cases[] = {
      {"", "required", "fault"},
      {"{}", "required", "fault"},
      {R"({"fault": {}})", "exactly one", "fault"},
      {R"({"fault": {"status": 500, "reset": true}})", "exactly one", "fault"},
      {R"({"fault": {"reset": false}})", "must be true", "fault.reset"},
      {R"({"fault": {"status": 200}})", "400 to 599", "fault.status"},
      {R"({"fault": {"delay_ms": 0}})", "1 to 600000", "fault.delay_ms"},
      {R"({"fault": {"reset": true, "retry_after_s": 1}})", "needs fault.status",
       "fault.retry_after_s"},
      {R"({"fault": {"reset": true, "message": "x"}})", "needs fault.status", "fault.message"},
      {R"({"fault": {"statu": 500}})", "did you mean \"status\"", "fault.statu"},
      {R"({"fault": {"reset": true}, "percent": 0})", "1 to 100", "percent"},
      {R"({"fault": {"reset": true}, "percent": "5"})", "expected an integer", "percent"},
      {R"({"fault": {"reset": true}, "for_s": 86401})", "1 to 86400", "for_s"},
      {R"({"fault": {"reset": true}, "id": "a/b"})", "letters, digits", "id"},
      {R"({"fault": {"reset": true}, "match": {"tenants": "a"}})", "did you mean \"tenant\"",
       "match.tenants"},
      {R"({"fault": {"reset": true}, "match": {"tenant": ""}})", "not be empty", "match.tenant"},
      {R"({"fault": {"reset": true}, "draw": "dice"})", "call, attempt", "draw"},
  };
  for (const auto& each : cases) {
    const auto rule = read_chaos_rule(each.json);
    ASSERT_FALSE(rule) << each.json;
    EXPECT_EQ(rule.error().code, base::Errc::invalid_request);
    EXPECT_NE(rule.error().detail.find(each.words), std::string::npos)
        << each.json << ": " << rule.error().detail;
    EXPECT_EQ(rule.error().param, each.param) << each.json;
  }
}

TEST(ChaosMatch, IsMetByAllThatIsGiven) {
  const ChaosCall call{"req", "all", "openai", "gpt", "acme", "ada", "bot", "s1"};
  const struct {
    std::string_view match;
    bool fits;
  } cases[] = {
      {"{}", true},
      {R"({"route": "all"})", true},
      {R"({"provider": "openai", "model": "gpt", "tenant": "acme", "user": "ada", "key": "bot",)"
       R"( "session": "s1"})",
       true},
      {R"({"provider": "openai", "tenant": "other"})", false},
      {R"({"provider": "open"})", false},
      {R"({"model": "GPT"})", false},
      {R"({"session": "s2"})", false},
  };
  for (const auto& each : cases) {
    const ChaosRule rule =
        read(R"({"fault": {"reset": true}, "match": )" + std::string(each.match) + "}");
    EXPECT_EQ(matches(rule.match, call), each.fits) << each.match;
  }
  // Who has no session is in none.
  EXPECT_FALSE(
      matches(read(R"({"fault": {"reset": true}, "match": {"session": "s1"}})").match, {}));
}

RC_GTEST_PROP(ChaosShare, OfOneCallIsAlwaysTheSame, ()) {
  ChaosRule rule;
  rule.id = *rc::gen::arbitrary<std::string>();
  rule.percent = *rc::gen::inRange(1, 101);
  const auto request = *rc::gen::arbitrary<std::string>();
  base::SeededRandom one(*rc::gen::arbitrary<std::uint64_t>());
  base::SeededRandom other(*rc::gen::arbitrary<std::uint64_t>());
  const bool drawn = in_share(rule, request, one);
  RC_ASSERT(drawn == in_share(rule, request, other));
  // A larger share has those of a smaller one.
  ++rule.percent;
  RC_ASSERT(!drawn || in_share(rule, request, one));
}

RC_GTEST_PROP(ChaosRule, ComesBackFromItsJson, ()) {
  ChaosRule rule;
  rule.percent = *rc::gen::inRange(1, 101);
  rule.for_s = *rc::gen::inRange(1, 86'401);
  rule.draw = *rc::gen::element(ChaosDraw::call, ChaosDraw::attempt);
  if (*rc::gen::arbitrary<bool>()) rule.max_hits = *rc::gen::inRange(1, 1000);
  if (*rc::gen::arbitrary<bool>()) rule.match.provider = "p";
  rule.fault.cut_after_bytes = *rc::gen::inRange(0, 1000);
  const std::string written = to_json(rule);
  RC_ASSERT(to_json(*read_chaos_rule(written)) == written);
}

TEST(ChaosShare, IsAsLargeAsItSays) {
  constexpr int kCalls = 20'000;
  base::SeededRandom random(7);
  for (const auto draw : {ChaosDraw::call, ChaosDraw::attempt}) {
    for (const int percent : {1, 10, 50, 99, 100}) {
      ChaosRule rule;
      rule.id = "r";
      rule.percent = percent;
      rule.draw = draw;
      int hits = 0;
      for (int i = 0; i < kCalls; ++i) {
        hits += in_share(rule, "req_" + std::to_string(i), random) ? 1 : 0;
      }
      EXPECT_NEAR(hits, kCalls * (percent / 100.0), kCalls * 0.01) << percent;
    }
  }
}

// Two rules of the same share are not for the same calls.
TEST(ChaosShare, IsAnotherOneForAnotherRule) {
  base::SeededRandom random(7);
  ChaosRule a;
  a.id = "a";
  a.percent = 50;
  ChaosRule b = a;
  b.id = "b";
  int both = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string request = std::to_string(i);
    both += in_share(a, request, random) && in_share(b, request, random) ? 1 : 0;
  }
  EXPECT_NEAR(both, 2'500, 250);
}

}  // namespace
}  // namespace headgate::resilience
