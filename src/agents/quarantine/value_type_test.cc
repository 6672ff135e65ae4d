// Which values are of a type, in which form they come out, and what is wrong with types. A type
// that took text would be a hole.
#include "agents/quarantine/value_type.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "agents/quarantine/result_types.h"
#include "base/json/cursor.h"
#include "base/text/strings.h"

namespace headgate::agents {
namespace {

ResultTypeConfig config_of(ValueKind kind) {
  ResultTypeConfig out;
  out.type = kind;
  if (kind == ValueKind::enumeration) out.values = {"refund", "question"};
  if (kind == ValueKind::id) out.pattern = "ORD-[0-9]{1,4}|x.*";
  return out;
}

ValueType type_of(const ResultTypeConfig& config) {
  std::vector<TypeWrong> wrongs;
  ValueType out = ValueType::compile(config, wrongs);
  EXPECT_TRUE(wrongs.empty()) << wrongs.front().what;
  return out;
}

std::string read(ValueKind kind, std::string_view json) {
  return type_of(config_of(kind)).read(json).value_or("-");
}

TEST(ValueType, EnumsAreClosed) {
  EXPECT_EQ(read(ValueKind::enumeration, R"("refund")"), R"("refund")");
  EXPECT_EQ(read(ValueKind::enumeration, R"("r\u0065fund")"), R"("refund")");
  for (const char* no :
       {R"("Refund")", R"("refund ")", R"("")", "1", "null", R"(["refund"])", ""}) {
    EXPECT_EQ(read(ValueKind::enumeration, no), "-") << no;
  }
}

TEST(ValueType, IntegersHaveNoFractionAndStayWithinBounds) {
  EXPECT_EQ(read(ValueKind::integer, "-7"), "-7");
  for (const char* no : {"1.0", "1e3", R"("7")", "9223372036854775808", "true", "7 8", "07"}) {
    EXPECT_EQ(read(ValueKind::integer, no), "-") << no;
  }
  ResultTypeConfig bounded = config_of(ValueKind::integer);
  bounded.min.text = "1";
  bounded.max.text = "10";
  const ValueType type = type_of(bounded);
  EXPECT_TRUE(type.read("1") && type.read("10"));
  EXPECT_FALSE(type.read("0") || type.read("11"));
}

TEST(ValueType, MoneyIsExact) {
  EXPECT_EQ(read(ValueKind::money, "12.5"), R"("12.50")");
  EXPECT_EQ(read(ValueKind::money, R"("12.50")"), R"("12.50")");
  EXPECT_EQ(read(ValueKind::money, "0.1"), R"("0.10")");
  EXPECT_EQ(read(ValueKind::money, "-3"), R"("-3.00")");
  EXPECT_EQ(read(ValueKind::money, "100000000000000.01"), R"("100000000000000.01")");
  for (const char* no : {"1e2", "12.345", R"("12,50")", R"("EUR 5")", R"("5 ")", "1.", ".5", "007",
                         "1000000000000000", R"("NaN")", R"("0x10")", R"("--1")", "{}"}) {
    EXPECT_EQ(read(ValueKind::money, no), "-") << no;
  }
  ResultTypeConfig bounded = config_of(ValueKind::money);
  bounded.max.text = "0.30";
  EXPECT_TRUE(type_of(bounded).read("0.3"));  // as doubles, 0.1 + 0.2 is more
  EXPECT_FALSE(type_of(bounded).read("0.31"));
}

TEST(ValueType, DatesAreDaysOfTheCalendar) {
  for (const char* yes : {"2026-02-28", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"}) {
    EXPECT_TRUE(is_date(yes)) << yes;
  }
  for (const char* no :
       {"2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-01", "2026-01-00",
        "0000-01-01", "2026-1-1", "2026-01-01T", "2026/01/01", "+026-01-01", ""}) {
    EXPECT_FALSE(is_date(no)) << no;
  }
}

TEST(ValueType, IdsMatchAsAWholeAndAreOneShortWord) {
  EXPECT_EQ(read(ValueKind::id, R"("ORD-17")"), R"("ORD-17")");
  for (const char* no : {R"("ORD-17;to=ACC-6")", R"("see ORD-17")", R"("ORD-17\n")", R"("ORD-")",
                         R"("x send money")", R"("xü")", R"("x\u200b")", "17"}) {
    EXPECT_EQ(read(ValueKind::id, no), "-") << no;
  }
  EXPECT_EQ(read(ValueKind::id, "\"" + std::string(64, 'x') + "\"").size(), 66U);
  EXPECT_EQ(read(ValueKind::id, "\"" + std::string(65, 'x') + "\""), "-");
}

TEST(ValueType, StringsAreShortAndSeen) {
  EXPECT_EQ(read(ValueKind::string, R"("Grüße, \"x\"")"), R"("Grüße, \"x\"")");
  for (const char* no : {R"("a\nb")", R"("a\u200bb")", R"("a\udb40\udc41")", R"("a\u202eb")",
                         R"("\u0000")", R"("\ufeff")", "1"}) {
    EXPECT_EQ(read(ValueKind::string, no), "-") << no;
  }
  EXPECT_EQ(read(ValueKind::string, "\"" + std::string(201, 'a') + "\""), "-");
}

TEST(ValueType, SaysWhatIsWrong) {
  const auto wrong = [](ValueKind kind, auto change) {
    ResultTypeConfig config = config_of(kind);
    change(config);
    std::vector<TypeWrong> wrongs;
    ValueType::compile(config, wrongs);
    return wrongs.empty() ? std::string() : std::string(wrongs.front().key);
  };
  EXPECT_EQ(wrong(ValueKind::id, [](auto& c) { c.pattern = "("; }), "pattern");
  EXPECT_EQ(wrong(ValueKind::id, [](auto& c) { c.pattern.clear(); }), "pattern");
  EXPECT_EQ(wrong(ValueKind::date, [](auto& c) { c.pattern = "x"; }), "pattern");
  EXPECT_EQ(wrong(ValueKind::enumeration, [](auto& c) { c.values.clear(); }), "values");
  EXPECT_EQ(wrong(ValueKind::money, [](auto& c) { c.values = {"a"}; }), "values");
  EXPECT_EQ(wrong(ValueKind::money, [](auto& c) { c.max.text = R"("5")"; }), "max");
  EXPECT_EQ(wrong(ValueKind::string, [](auto& c) { c.min.text = "5"; }), "min");
  EXPECT_EQ(wrong(ValueKind::string, [](auto& c) { c.endorsed = true; }), "endorsed");
  EXPECT_EQ(wrong(ValueKind::integer, [](auto& c) { c.min.text = "2", c.max.text = "1"; }), "max");
}

// Whatever is taken is taken again in the form that it came out in.
RC_GTEST_PROP(ValueTypeProperty, CanonicalFormsStay, (const std::string& text, std::int64_t n)) {
  const std::string quoted = base::json_string(text);
  const std::string number = std::to_string(n) + (n % 2 == 0 ? "" : ".5");
  for (int kind = 0; kind <= static_cast<int>(ValueKind::string); ++kind) {
    const ValueType type = type_of(config_of(static_cast<ValueKind>(kind)));
    for (const std::string& json : {quoted, number, std::string("true"), text}) {
      const auto once = type.read(json);
      if (!once) continue;
      RC_ASSERT(base::json::valid(*once));
      RC_ASSERT(type.read(*once) == once);
    }
  }
}

TEST(ResultTypes, FindsByPointer) {
  const char* json = R"({"a":{"b/c":[1,{"~":"ORD-7"}]},"n":null,"d":1,"d":2})";
  EXPECT_EQ(at_pointer(json, "/a/b~1c/1/~0"), R"("ORD-7")");
  EXPECT_EQ(at_pointer(json, "/a/b~1c/0"), "1");
  for (const char* no : {"/n", "/x", "/d", "/a/b~1c/2", "/a/b~1c/-", "/a/b~1c/00x", "/a/x/y"}) {
    EXPECT_FALSE(at_pointer(json, no)) << no;
  }
  EXPECT_FALSE(at_pointer("{", "/a"));
}

TEST(ResultTypes, EndorsesWhatNobodyChose) {
  ResultTypeConfigs config;
  config.add("chosen") = config_of(ValueKind::id);
  config.add("kept") = config_of(ValueKind::id);
  config.add("days") = config_of(ValueKind::integer);
  config.add("words") = config_of(ValueKind::string);
  ResultTypeConfig& found = config.add("found");
  found = config_of(ValueKind::id);
  found.from = "/id";
  ResultTypeConfig& strangers = config.add("strangers");
  strangers = found;
  strangers.endorsed = false;
  const_cast<ResultTypeConfig*>(config.find("kept"))->endorsed = true;
  std::vector<ResultTypes::Wrong> wrongs;
  const ResultTypes types = ResultTypes::compile(config, wrongs);
  EXPECT_TRUE(wrongs.empty());
  EXPECT_TRUE(types.needs_reader());
  std::string endorsed;
  auto values = types.read_of(R"({"chosen":"ORD-1","kept":"ORD-2","days":3,"words":"ORD-9"})");
  for (auto& value : types.found_in(R"({"id":"ORD-4"})")) values.push_back(value);
  for (const TypedValue& value : values) endorsed += value.endorsed ? value.json : "-";
  EXPECT_EQ(endorsed, R"(-"ORD-2"3-"ORD-4"-)");
}

TEST(ResultTypes, AnAnswerThatIsNoneGivesNoValues) {
  ResultTypeConfigs config;
  config.add("days") = config_of(ValueKind::integer);
  std::vector<ResultTypes::Wrong> wrongs;
  const ResultTypes types = ResultTypes::compile(config, wrongs);
  for (const char* answer : {"", "nonsense", "[]", R"({"days":null})", R"({"days":1,"days":2})"}) {
    EXPECT_EQ(types.read_of(answer).front().json, "") << answer;
  }
  EXPECT_TRUE(types.read_of(R"({"days":"send"})").front().dropped);
}

}  // namespace
}  // namespace headgate::agents
