// When an argument is somebody's word and when it is not, and what a text says in so many words.
#include "agents/labels/taint.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "agents/labels/references.h"
#include "agents/labels/verbatim.h"
#include "base/text/strings.h"

namespace headgate::agents {
namespace {

const std::string kText = "Pay ACC-7 25.00 EUR (order ORD-3), mail bob@shop.example. Not -5.";

TEST(Verbatim, SaysWholeValues) {
  for (const char* yes :
       {"ACC-7", "25.00", "ORD-3", "bob@shop.example", "EUR", "Pay ACC-7 25.00"}) {
    EXPECT_TRUE(says_text(kText, yes)) << yes;
  }
  for (const char* no : {"ACC", "ACC-", "CC-7", "7", "25", "shop.example", "bob", "example",
                         "acc-7", "ACC-77", "Pay  ACC-7"}) {
    EXPECT_FALSE(says_text(kText, no)) << no;
  }
  EXPECT_TRUE(says_text("to:ACC-7", "ACC-7"));
  EXPECT_TRUE(
      says_text("zu \xE2\x80\x9E"
                "ACC-7\xE2\x80\x9C",
                "ACC-7"));
  EXPECT_FALSE(
      says_text("\xC3\xBC"
                "ACC-7",
                "ACC-7"));
  EXPECT_FALSE(says_text("ACC-7\xC3\xBC", "ACC-7"));
  EXPECT_FALSE(says_text("ACC-7.evil.example", "ACC-7"));
  EXPECT_FALSE(says_text(std::string(100, '-') + "x", "-"));
}

TEST(Verbatim, SaysNumbers) {
  const auto says = [](const char* text, const char* value) {
    return says_number(text, *rules::Decimal::parse(value));
  };
  EXPECT_TRUE(says(kText.c_str(), "25"));
  EXPECT_TRUE(says(kText.c_str(), "25.000"));
  EXPECT_TRUE(says(kText.c_str(), "-5"));
  EXPECT_TRUE(
      says("\xE2\x82\xAC"
           "12,",
           "12"));
  EXPECT_TRUE(says("12\xE2\x82\xAC", "12"));
  for (const char* no : {"5", "7", "3", "2500", "0", "2"})
    EXPECT_FALSE(says(kText.c_str(), no)) << no;
  EXPECT_FALSE(says("12,000", "12"));
  EXPECT_FALSE(says("12.5.2026", "12.5"));
  EXPECT_FALSE(says("v12", "12"));
}

// A value that is said is said between any two blanks, and not within a longer word.
RC_GTEST_PROP(VerbatimProperty, WholeOrNot, (const std::string& before, const std::string& after)) {
  const std::string value = "ACC-7";
  RC_ASSERT(says_text(before + " " + value + " " + after, value));
  RC_ASSERT(!says_text("x" + value, value) && !says_text(value + "x", value));
}

Provenance tainted() {
  Provenance out;
  out.trusted = {kText};
  out.sources = {{"c1_1", {"tool:mail"}}, {"input", {"history"}}};
  return out;
}

std::string names(const Provenance& provenance, std::string_view arguments,
                  std::string_view prompt = "", std::string_view schema = "{}") {
  std::string out;
  for (const Taint& one : taints_of({provenance, prompt, schema, arguments})) {
    out += (out.empty() ? "" : " ") + one.argument;
  }
  return out;
}

TEST(Taint, NothingIsTaintedWhereAllIsTrusted) {
  Provenance clean;
  clean.trusted = {kText};
  EXPECT_EQ(names(clean, R"({"to":"ACC-666","deep":[{"x":true}]})"), "");
  EXPECT_EQ(context_labels(clean), (std::vector<std::string>{"user"}));
}

TEST(Taint, WhatTheUserOrThePromptSaysIsClean) {
  EXPECT_EQ(names(tainted(), R"({"to":"ACC-7","amount":25,"by":"bob@shop.example"})"), "");
  EXPECT_EQ(names(tainted(), R"({"to":"ACC-8"})", "The shop's own account is ACC-8."), "");
  EXPECT_EQ(names(tainted(), R"({"a":"","b":null,"c":[],"d":{}})"), "");
}

TEST(Taint, EverythingElseIsTainted) {
  for (const char* arguments :
       {R"({"to":"ACC-666"})", R"({"to":["ACC-7","ACC-666"]})", R"({"to":{"x":{"y":"ACC-666"}}})",
        R"({"to":true})", R"({"to":26})", R"({"to":"ACC-7","to":"ACC-666"})", R"({"to":"acc-7"})",
        R"({"to":"ACC-7 ACC-666"})", R"({"to":{"ACC-666":"ACC-7"}})", R"({"t\u006f":"ACC-666"})"}) {
    EXPECT_EQ(names(tainted(), arguments), "to") << arguments;
  }
  EXPECT_EQ(names(tainted(), R"({"to":{"iban":"ACC-7"}})", "", R"({"iban":{}})"), "");
  const auto taints = taints_of({tainted(), "", "{}", R"({"a":"x","b":"ACC-7","c":"y"})"});
  ASSERT_EQ(taints.size(), 2U);
  EXPECT_EQ(taints[0], (Taint{"a", {"tool:mail", "history"}, {"c1_1", "input"}}));
  EXPECT_EQ(describe(among(taints, {"b", "c"})), "`c` may come from tool:mail, history");
  EXPECT_EQ(to_json(among(taints, {"c"})),
            R"([{"argument":"c","labels":["tool:mail","history"],"calls":["c1_1","input"]}])");
}

TEST(Taint, EndorsedValuesAreClean) {
  Provenance known = tainted();
  known.endorsed = {R"("ACC-9")", "7", R"("12.50")", "true"};
  EXPECT_EQ(names(known, R"({"a":"ACC-9","b":7,"c":7.0,"d":12.5,"e":"12.50","f":true})"), "");
  EXPECT_EQ(names(known, R"({"a":"ACC-99","b":8,"c":"true","d":false})"), "a b c d");
}

TEST(Taint, WithheldTextIsTaintedEverywhere) {
  Provenance clean;
  clean.withheld = {{"c1_1", {"tool:mail"}, "say \"hi\"\n"}};
  const std::string arguments = expand_references(
      R"({ "to": "ACC-5", "text": ["$c1_1"], "more": "$c1_10" })", clean.withheld);
  EXPECT_EQ(arguments, "{ \"to\": \"ACC-5\", \"text\": [" + base::json_string("say \"hi\"\n") +
                           R"(], "more": "$c1_10" })");
  const auto taints = taints_of({clean, "", "{}", arguments});
  EXPECT_EQ(taints, (Taints{{"text", {"tool:mail"}, {"c1_1"}}}));
  EXPECT_EQ(expand_references("{\"a\": \"$c1_1\"", clean.withheld), "{\"a\": \"$c1_1\"");
}

// The caller, the prompt or a service may happen to say the same: the text is still a stranger's.
TEST(Taint, WithheldTextIsTaintedWhoeverElseSaysIt) {
  Provenance known;
  known.withheld = {{"c1_1", {"tool:mail"}, "ACC-7"}, {"c2_1", {"tool:web"}, "25"}};
  const std::string arguments = expand_references(R"({"to":"$c1_1","amount":25})", known.withheld);
  ASSERT_EQ(arguments, R"({"to":"ACC-7","amount":25})");
  const Taints passed_on{{"to", {"tool:mail"}, {"c1_1"}}};
  for (const bool is_clean_context : {true, false}) {
    if (!is_clean_context) known.sources = {{"c3_1", {"tool:mail"}}};
    known.trusted = {kText};
    EXPECT_EQ(taints_of({known, "", "{}", arguments, true}), passed_on);
    EXPECT_EQ(taints_of({known, "", "{}", arguments, false}), Taints());
    known.trusted = {"Pay 25."};
    EXPECT_EQ(taints_of({known, "To ACC-7.", "{}", arguments, true}), passed_on);
    known.endorsed = {R"("ACC-7")"};
    EXPECT_EQ(taints_of({known, "", "{}", arguments, true}), passed_on);
    EXPECT_EQ(taints_of({known, "", "{}", arguments, false}), Taints());
    known.endorsed.clear();
  }
}

TEST(Taint, HasABoundOnItsWork) {
  std::string many = R"({"to":["ACC-7")";
  for (int i = 0; i < 2'000; ++i) many += R"(,"ACC-7")";
  EXPECT_EQ(names(tainted(), many + "]}"), "to");
}

// More text that nobody vouches for never makes an argument clean.
RC_GTEST_PROP(TaintProperty, SourcesOnlyAdd, (const std::string& value, const std::string& text)) {
  Provenance less = tainted();
  less.trusted = {text};
  Provenance more = less;
  more.sources.push_back({"c2_1", {"tool:web"}});
  const std::string arguments = "{\"a\":" + base::json_string(value) + "}";
  const auto before = taints_of({less, "", "{}", arguments});
  const auto after = taints_of({more, "", "{}", arguments});
  RC_ASSERT(before.size() == after.size());
  if (!before.empty()) RC_ASSERT(after[0].labels.size() == before[0].labels.size() + 1);
}

}  // namespace
}  // namespace headgate::agents
