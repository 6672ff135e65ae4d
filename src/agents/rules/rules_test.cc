// Rules: what can be written, what it comes to, and that what is not known never allows anything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "agents/rules/evaluate.h"
#include "agents/rules/parser.h"

namespace headgate::agents::rules {
namespace {

using testing::HasSubstr;

class Fixed final : public Roots {
 public:
  std::optional<std::string_view> root(std::string_view name) const override {
    const auto at = roots.find(name);
    return at == roots.end() ? std::nullopt : std::optional<std::string_view>(at->second);
  }
  std::optional<std::string_view> fact(std::string_view name) const override {
    const auto at = facts.find(name);
    return at == facts.end() ? std::nullopt : std::optional<std::string_view>(at->second);
  }
  std::map<std::string, std::string, std::less<>> roots;
  std::map<std::string, std::string, std::less<>> facts;
};

Fixed call() {
  Fixed out;
  out.roots["args"] =
      R"({"order_id":"ORD-1","amount":100.00,"total":"120.50","express":true,"note":null,)"
      R"("tags":["a","b",3],"to":{"city":"Lyon"},"big":123456789012345678901234567890,)"
      R"("twice":1,"twice":2,"esc\u0061ped":"\u00e9","absurd":1e99999999999})";
  out.roots["principal"] = R"({"user":"ute","scopes":["refunds"]})";
  out.roots["tool"] = R"({"name":"create_refund"})";
  out.facts["order"] = R"({"user_id":"ute","lines":[{"price":"9.99"}],"n":7})";
  return out;
}

std::string verdict(std::string_view rule) {
  const auto parsed = parse(rule);
  if (!parsed) return parsed.error().detail;
  switch (evaluate(*parsed, call())) {
    case Truth::yes: return "yes";
    case Truth::no: return "no";
    case Truth::undecided: break;
  }
  return "undecided";
}

TEST(Rules, WhatTheyComeTo) {
  const std::map<std::string, std::string> table{
      {"fact.order.user_id == principal.user", "yes"},
      {"fact.order.user_id != principal.user", "no"},
      {"args.order_id == 'ORD-1'", "yes"},
      {"args.amount == 100", "yes"},
      {"args.amount == 1e2", "yes"},
      {"args.amount > 100.00", "no"},
      {"args.amount >= 100.00", "yes"},
      {"args.amount > 99.999999999999999999999", "yes"},
      {"args.amount < -5", "no"},
      {"args.total > 120.49", "yes"},
      {"args.total <= 120.50", "yes"},
      {"args.total == 120.50", "undecided"},  // a text is no number
      {"args.big == 123456789012345678901234567890", "yes"},
      {"args.big == 123456789012345678901234567891", "no"},
      {"args.big > 123456789012345678901234567889.5", "yes"},
      {"args.express", "yes"},
      {"not args.express", "no"},
      {"args.express == false", "no"},
      {"'refunds' in principal.scopes", "yes"},
      {"'orders' in principal.scopes", "no"},
      {"3 in args.tags", "yes"},
      {"'3' in args.tags", "no"},
      {"args.order_id in ['ORD-1', 'ORD-2']", "yes"},
      {"args.order_id in []", "no"},
      {"args.to.city == 'Lyon'", "yes"},
      {"args.tags.1 == 'b'", "yes"},
      {"fact.order.lines.0.price < 10", "yes"},
      {"args.escaped == 'é'", "yes"},
      {"tool.name == \"create_refund\" and args.amount > 99.99", "yes"},
      {"false or (true and not false)", "yes"},
  };
  for (const auto& [rule, truth] : table) EXPECT_EQ(verdict(rule), truth) << rule;
}

TEST(Rules, WhatIsNotKnownIsUndecided) {
  for (const char* rule : {"args.nothing == 1",
                           "args.nothing != 1",
                           "not (args.nothing == 1)",
                           "args.note == 'x'",
                           "args.note != 'x'",
                           "args.nothing < 1",
                           "args.nothing",
                           "args.order_id",
                           "args.to == 'x'",
                           "args.to",
                           "'x' in args.nothing",
                           "args.nothing in ['x']",
                           "args.tags == 1",
                           "args.order_id == 1",
                           "args.order_id < 5",
                           "args.twice == 2",
                           "args.twice != 2",
                           "args.twice == null",
                           "args.absurd == null",
                           "args.absurd > 5",
                           "fact.user.id == 'x'",
                           "fact.user.id == null",
                           "fact.user.id != 'x'",
                           "fact == null",
                           "args.tags.x == 'a'",
                           "args.order_id.x == null",
                           "principal.tenant != 'other'",
                           "run.cost_usd < 5",
                           "args.amount in args.order_id",
                           "args.tags in [1]"}) {
    EXPECT_EQ(verdict(rule), "undecided") << rule;
  }
}

TEST(Rules, UnknownPartsCountOnlyWhereTheyCanTurnTheWhole) {
  EXPECT_EQ(verdict("args.nothing == 1 or principal.user == 'ute'"), "yes");
  EXPECT_EQ(verdict("args.nothing == 1 and principal.user == 'otto'"), "no");
  EXPECT_EQ(verdict("args.nothing == 1 or principal.user == 'otto'"), "undecided");
  EXPECT_EQ(verdict("args.nothing == 1 and principal.user == 'ute'"), "undecided");
  EXPECT_EQ(verdict("args.nothing == null or args.nothing < 5"), "yes");
  EXPECT_EQ(verdict("args.note == null"), "yes");
  EXPECT_EQ(verdict("args.to != null"), "yes");
  EXPECT_EQ(verdict("args.amount == null"), "no");
}

TEST(Rules, MistakesHaveAPlace) {
  const std::map<std::string, std::string> table{
      {"", "1:1: an empty rule"},
      {"   ", "1:1: an empty rule"},
      {"args.a = 1", "1:8: write == to compare"},
      {"args.a == 1 && true", "1:13: write `and`"},
      {"args.a == 1 || true", "1:13: write `or`"},
      {"!args.a", "1:1: write `not`"},
      {"args.a ==", "1:10: expected a path or a value"},
      {"args.a == 1 or\n  (args.b == 2", "2:15: expected )"},
      {"args.a == 'x", "1:11: this quote is never closed"},
      {"args.a < 'x'", "1:10: only numbers"},
      {"args.a == [1]", "1:11: a list stands behind `in`"},
      {"args.a in 'x'", "1:11: `in` needs a list"},
      {"args.a in [args.b]", "1:12: lists hold values"},
      {"args.a in [1 2]", "1:14: expected , or ]"},
      {"args.a == 1.2.3", "1:11: not a number"},
      {"args.a == 01", "1:11: not a number"},
      {"args..a == 1", "1:1: a name is missing"},
      {"args. == 1", "1:1: a name is missing"},
      {"5", "1:2: expected a comparison"},
      {"args.a == 1 args.b", "1:13: expected `and`, `or` or the end"},
      {"and == 1", "1:1: expected a path"},
      {"args.a ~ 1", "1:8: nothing can begin here"},
  };
  for (const auto& [rule, what] : table) EXPECT_THAT(verdict(rule), HasSubstr(what)) << rule;
  EXPECT_THAT(verdict(std::string(5000, ' ')), HasSubstr("at most 4096 bytes"));
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "not ";
  EXPECT_THAT(verdict(deep + "args.a"), HasSubstr("more than 32 levels"));
}

std::string decimal_text(std::int64_t units, int decimals) {
  std::string out = std::to_string(units < 0 ? -units : units);
  while (static_cast<int>(out.size()) <= decimals) out.insert(0, "0");
  if (decimals > 0) out.insert(out.size() - static_cast<std::size_t>(decimals), ".");
  return (units < 0 ? "-" : "") + out;
}

RC_GTEST_PROP(Decimals, AreOrderedAsWhatTheySay, (std::int32_t a, std::int32_t b)) {
  const int decimals_a = *rc::gen::inRange(0, 7);
  const int decimals_b = *rc::gen::inRange(0, 7);
  std::int64_t left = a;
  std::int64_t right = b;
  for (int i = decimals_a; i < 7; ++i) left *= 10;
  for (int i = decimals_b; i < 7; ++i) right *= 10;
  const auto x = Decimal::parse(decimal_text(a, decimals_a));
  const auto y = Decimal::parse(decimal_text(b, decimals_b));
  RC_ASSERT(x.has_value() && y.has_value());
  RC_ASSERT((*x <=> *y) == (left <=> right));
  const auto shifted = Decimal::parse(decimal_text(a, decimals_a) + "e3");
  const auto same = Decimal::parse(decimal_text(static_cast<std::int64_t>(a) * 1000, decimals_a));
  RC_ASSERT(*shifted == *same);
}

RC_GTEST_PROP(Rules, AreReadOrRefused, (const std::string& text)) {
  const auto parsed = parse(text);
  RC_ASSERT(parsed.has_value() || !parsed.error().detail.empty());
}

std::string any_rule(int depth);

std::string any_comparison() {
  return *rc::gen::element<std::string>(
      "args.x == 1", "args.x != 1", "args.x < 2", "args.x in [1, 2]", "args.x", "args.y == 'a'",
      "args.y != 'a'", "'a' in args.x", "args.y in ['a']", "true", "false", "args.x == args.y");
}

std::string any_rule(int depth) {
  if (depth == 0) return any_comparison();
  switch (*rc::gen::inRange(0, 4)) {
    case 0: return "not (" + any_rule(depth - 1) + ")";
    case 1: return "(" + any_rule(depth - 1) + " and " + any_rule(depth - 1) + ")";
    case 2: return "(" + any_rule(depth - 1) + " or " + any_rule(depth - 1) + ")";
    default: return any_comparison();
  }
}

// What was decided without a value is so whatever the value is: nothing that is missing has ever
// allowed a call that some value would have denied.
RC_GTEST_PROP(Rules, NoValueTurnsWhatWasDecidedWithoutIt, ()) {
  const std::string text = any_rule(3);
  const auto rule = parse(text);
  RC_ASSERT(rule.has_value());
  const std::string y = *rc::gen::element<std::string>("\"a\"", "\"b\"", "1");
  Fixed without;
  without.roots["args"] = "{\"y\":" + y + "}";
  const Truth before = evaluate(*rule, without);
  if (before == Truth::undecided) return;
  const std::string x = *rc::gen::element<std::string>("1", "2", "\"a\"", "true", "false",
                                                       "[\"a\"]", "[]", "{}", "1.0", "null");
  Fixed with;
  with.roots["args"] = "{\"x\":" + x + ",\"y\":" + y + "}";
  const Truth after = evaluate(*rule, with);
  RC_ASSERT(after == before);
}

}  // namespace
}  // namespace headgate::agents::rules
