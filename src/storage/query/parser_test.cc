#include "storage/query/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "storage/query/fields.h"
#include "storage/query/sql.h"

namespace headgate::storage::query {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kNow = 1'800'000'000'000'000;

Expression parsed(std::string_view text) {
  auto read = parse(text, kNow);
  EXPECT_TRUE(read.has_value()) << text << "\n" << (read ? "" : read.error().detail);
  return read ? *read : Expression{};
}

std::string refused(std::string_view text) {
  const auto read = parse(text, kNow);
  EXPECT_FALSE(read.has_value()) << text;
  return read ? "" : read.error().detail;
}

Expression number(Field field, Op op, std::int64_t value) {
  return Expression::of({field, op, {{value, {}}}, {}});
}
Expression text(Field field, std::string value) {
  return Expression::of({field, Op::eq, {{0, std::move(value)}}, {}});
}

TEST(QueryParser, reads_values_in_the_units_of_the_store) {
  EXPECT_EQ(parsed("cost > 0.01"), number(Field::cost, Op::gt, 10'000'000'000));
  EXPECT_EQ(parsed("cost<=$1"), number(Field::cost, Op::le, 1'000'000'000'000));
  EXPECT_EQ(parsed("latency > 2s"), number(Field::latency, Op::gt, 2'000'000));
  EXPECT_EQ(parsed("latency >= 1.5ms"), number(Field::latency, Op::ge, 1'500));
  EXPECT_EQ(parsed("latency < 2"), number(Field::latency, Op::lt, 2'000'000));
  EXPECT_EQ(parsed("ttft = 250us"), number(Field::ttft, Op::eq, 250));
  EXPECT_EQ(parsed("tokens >= 10k"), number(Field::tokens, Op::ge, 10'000));
  EXPECT_EQ(parsed("time > 2027-01-15"), number(Field::time, Op::gt, 1'799'971'200'000'000));
  EXPECT_EQ(parsed("time > 2027-01-15T08:00:01Z"), number(Field::time, Op::gt, kNow + 1'000'000));
  EXPECT_EQ(parsed("age < 5m"), number(Field::time, Op::gt, kNow - 300'000'000));
  EXPECT_EQ(parsed("error"), number(Field::error, Op::eq, 1));
  EXPECT_EQ(parsed("status = ok"), Expression::negated(number(Field::error, Op::eq, 1)));
  EXPECT_EQ(parsed("error = rate_limited"), text(Field::error, "rate_limited"));
  EXPECT_EQ(parsed("streamed = false"), number(Field::streamed, Op::eq, 0));
  EXPECT_EQ(parsed("user = 4711"), text(Field::user, "4711"));
  EXPECT_EQ(parsed(R"(user = "a \"b\" \\")"), text(Field::user, R"(a "b" \)"));
  EXPECT_EQ(parsed("user == 'x'"), text(Field::user, "x"));
  EXPECT_EQ(parsed("id = 4BF9"), text(Field::trace, "4bf9"));
}

TEST(QueryParser, binds_and_before_or_and_not_before_both) {
  const Expression a = text(Field::user, "a"), b = text(Field::user, "b"),
                   c = text(Field::user, "c");
  Expression all, any;
  all.below = {b, Expression::negated(c)};
  any.kind = Expression::Kind::any;
  any.below = {a, all};
  EXPECT_EQ(parsed("user=a or user=b and not user=c"), any);
  EXPECT_EQ(parsed("(user=a) OR ((user=b AND NOT (user=c)))"), any);
  Expression in = Expression::of({Field::user, Op::eq, {{0, "a"}, {0, "b"}}, {}});
  EXPECT_EQ(parsed("user in (a, 'b')"), in);
  EXPECT_EQ(parsed("user != a"), Expression::negated(a));
  EXPECT_EQ(parsed("   "), Expression{});
}

TEST(QueryParser, says_what_is_wrong_and_where) {
  const struct {
    std::string_view text;
    std::string_view at;
    std::string_view what;
  } cases[] = {
      {"cost > 1 and latncy > 2s", "at 14", "did you mean \"latency\"?"},
      {"qqqqqqqqqqqq = 1", "at 1", "docs/traces.md"},
      {"cost > 1s", "at 8", "dollars such as 0.01"},
      {"latency > 1x", "at 11", "250ms"},
      {"latency > 0.1us", "at 11", "which this is not"},
      {"time > yesterday", "at 8", "2026-11-24"},
      {"time > 2026-02-30", "at 8", "2026-11-24"},
      {"tokens > 99999999999999999999", "at 10", "1500 or 10k"},
      {"user > a", "at 6", "takes =, !=, ~, !~ and in"},
      {"cost ~ 1", "at 6", "not ~"},
      {"text = refund", "at 6", "look for words"},
      {"text ~ '...'", "at 8", "no word"},
      {"age = 5m", "at 5", "<, <=, > and >="},
      {"status = rate_limitd", "at 10", "did you mean \"rate_limited\"?"},
      {"error = okay", "at 9", "no error named"},
      {"trace = xyz", "at 9", "hexadecimal"},
      {"user", "at 5", "= VALUE"},
      {"user =", "at 7", "value is missing"},
      {"(user = a", "at 1", "never closed"},
      {"user = a)", "at 9", "never opened"},
      {"user = a user = b", "at 10", "`and` or `or`"},
      {"user = a && error", "at 10", "write `and`"},
      {"user = a || error", "at 10", "write `or`"},
      {"! error", "at 1", "write `not`"},
      {"user = \"a", "at 8", "never closed"},
      {"user = {", "at 8", "need quotes"},
      {"user in a", "at 9", "`(` is missing"},
      {"user in (a", "at 11", "`,` or `)`"},
      {"attr.$x = 1", "at 1", "attribute's name"},
      {"attr. = 1", "at 1", "attribute's name"},
      {"and", "at 1", "no field"},
      {"error and", "at 10", "name of a field"},
  };
  for (const auto& one : cases) {
    EXPECT_THAT(refused(one.text), HasSubstr(one.at)) << one.text;
    EXPECT_THAT(refused(one.text), HasSubstr(one.what)) << one.text;
  }
  EXPECT_THAT(refused("cost > 1 and latncy > 2s"),
              HasSubstr("\n  cost > 1 and latncy > 2s\n               ^"));
}

TEST(QueryParser, has_limits) {
  EXPECT_THAT(refused(std::string(kFilterBytesMax + 1, ' ')), HasSubstr("at most"));
  std::string deep(1000, '(');
  EXPECT_THAT(refused(deep + "error"), HasSubstr("nested"));
  std::string nots;
  for (int i = 0; i < 1000; ++i) nots += "not ";
  EXPECT_THAT(refused(nots + "error"), HasSubstr("nested"));
  std::string many = "error";
  for (std::size_t i = 0; i < kComparisonsMax; ++i) many += " or error";
  EXPECT_THAT(refused(many), HasSubstr("too many"));
}

TEST(QueryParser, a_value_of_the_command_line_is_one_value) {
  EXPECT_EQ(parse_equals(Field::user, "' OR \"1\" = 1 --\\", kNow).value(),
            text(Field::user, "' OR \"1\" = 1 --\\"));
  EXPECT_FALSE(parse_equals(Field::status, "fine", kNow).has_value());
}

TEST(QuerySql, binds_what_came_from_outside) {
  const Sql sql = to_sql(parsed("user = 'x; DROP TABLE spans' and attr.a.b ~ 'y' and cost > 1"));
  EXPECT_EQ(sql.condition.find("DROP"), std::string::npos);
  EXPECT_EQ(sql.condition.find("a.b"), std::string::npos);
  EXPECT_EQ(sql.parameters.size(), 4u);
}

TEST(QuerySql, knows_what_must_hold) {
  EXPECT_TRUE(needs_error(parsed("error and cost > 1")));
  EXPECT_TRUE(needs_error(parsed("status = rate_limited or (error and user = a)")));
  EXPECT_FALSE(needs_error(parsed("error or cost > 1")));
  EXPECT_FALSE(needs_error(parsed("not error")));
  EXPECT_EQ(needed_texts(parsed("text ~ a and (input ~ b or error)")),
            (std::vector<TextTerm>{{Field::text, "a"}}));
}

RC_GTEST_PROP(QueryParser, any_text_is_read_or_refused_with_a_place, (const std::string& text)) {
  const auto read = parse(text, kNow);
  if (!read) RC_ASSERT(read.error().detail.find("filter, at ") == 0);
}

}  // namespace
}  // namespace headgate::storage::query
