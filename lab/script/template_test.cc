#include "lab/script/template.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace headgate::lab {
namespace {

std::string upper(std::string_view name) { return "<" + std::string(name) + ">"; }

TEST(Template, FillsNames) {
  EXPECT_EQ(expand("order {{order}}, {{ last_user }}!", upper), "order <order>, <last_user>!");
  EXPECT_EQ(expand("no {name} here {{open", upper), "no {name} here {{open");
  EXPECT_EQ(expand("", upper), "");
}

TEST(Template, FillsEveryStringOfAValue) {
  const auto value = boost::json::parse(R"({"a":"{{x}}","b":["{{y}}",1],"{{k}}":null})");
  EXPECT_EQ(expand_all(value, upper),
            boost::json::parse(R"({"a":"<x>","b":["<y>",1],"{{k}}":null})"));
}

TEST(Template, TellsItsNames) {
  EXPECT_EQ(template_names("{{a}} and {{ b }}"), (std::vector<std::string>{"a", "b"}));
}

TEST(Pattern, FindsTheFirstPlace) {
  EXPECT_EQ(find_pattern("ORD-{digits}", "see ord-77 and ORD-12345."), "ord-77");
  EXPECT_EQ(find_pattern("#{digits}", "issue # 4, then #42"), "#42");
  EXPECT_EQ(find_pattern("user {word}", "for user ann-7, please"), "user ann-7");
  EXPECT_EQ(find_pattern("Subject: {line}", "x\nSubject: broken lid\ny"), "Subject: broken lid");
  EXPECT_EQ(find_pattern("ORD-{digits}", "ORD-"), std::nullopt);
  EXPECT_EQ(find_pattern("ORD-{digits}", ""), std::nullopt);
}

TEST(Pattern, SaysWhatIsWrongWithIt) {
  EXPECT_EQ(pattern_problem("ORD-{digits}{word}"), "");
  EXPECT_NE(pattern_problem("{digit}"), "");
  EXPECT_NE(pattern_problem(""), "");
}

TEST(Glob, MatchesWholeTexts) {
  EXPECT_TRUE(glob_match("gpt-4o*", "gpt-4o-mini"));
  EXPECT_TRUE(glob_match("*", ""));
  EXPECT_TRUE(glob_match("a?c", "abc"));
  EXPECT_TRUE(glob_match("*-mini-*", "gpt-4o-mini-2024"));
  EXPECT_FALSE(glob_match("gpt-4o", "gpt-4o-mini"));
  EXPECT_FALSE(glob_match("a?c", "ac"));
  EXPECT_TRUE(glob_match("a*", "a*b"));
}

TEST(Contains, IgnoresAsciiCase) {
  EXPECT_TRUE(contains_nocase("Where is my REFUND", "refund"));
  EXPECT_TRUE(contains_nocase("返品したい", "返品"));
  EXPECT_FALSE(contains_nocase("re-fund", "refund"));
}

RC_GTEST_PROP(Glob, StarStandsForAnything, (const std::string& a, const std::string& b)) {
  RC_PRE(a.find_first_of("*?") == a.npos && b.find_first_of("*?") == b.npos);
  RC_ASSERT(glob_match(a + "*", a + b));
  RC_ASSERT(glob_match("*" + b, a + b));
}

}  // namespace
}  // namespace headgate::lab
