#include "lab/neutral/tokens.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <simdjson.h>

#include <string>

namespace headgate::lab {
namespace {

std::vector<std::string> split(std::string_view text) {
  const auto views = tokenize(text);
  return {views.begin(), views.end()};
}

using Strings = std::vector<std::string>;

TEST(Tokens, FollowTheirRules) {
  EXPECT_EQ(split(""), Strings{});
  EXPECT_EQ(split("Hello, world"), (Strings{"Hello", ",", " world"}));
  EXPECT_EQ(split("international"), (Strings{"intern", "ationa", "l"}));
  EXPECT_EQ(split("ORD-12345"), (Strings{"ORD", "-", "123", "45"}));
  EXPECT_EQ(split("a  b"), (Strings{"a", " ", " b"}));
  EXPECT_EQ(split("größer"), (Strings{"größer"}));
  EXPECT_EQ(split("返品したい").size(), 5U);
  EXPECT_EQ(split(" "), (Strings{" "}));
}

TEST(Tokens, AreNearFourCharactersInEnglish) {
  const std::string text =
      "I ordered a coffee grinder two weeks ago and it arrived with a broken lid. Could you please "
      "send me a replacement, or tell me how to return it for a full refund?";
  const double per_token =
      static_cast<double>(text.size()) / static_cast<double>(count_tokens(text));
  EXPECT_GT(per_token, 3.5);
  EXPECT_LT(per_token, 5.0);
}

RC_GTEST_PROP(Tokens, JoinToTheText, (const std::string& text)) {
  std::string joined;
  for (const auto token : tokenize(text)) {
    RC_ASSERT(!token.empty());
    joined += token;
  }
  RC_ASSERT(joined == text);
  RC_ASSERT(count_tokens(text) == static_cast<std::int64_t>(tokenize(text).size()));
}

RC_GTEST_PROP(Tokens, NeverCutACharacter, ()) {
  const auto words = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "a", "Zz", " ", "é", "ß", "я", "文", "字", "🙂", "7", "42", "\n", "-", "ğ", "नम"));
  std::string text;
  for (const auto& word : words) text += word;
  for (const auto token : tokenize(text)) {
    RC_ASSERT(simdjson::validate_utf8(token.data(), token.size()));
  }
}

}  // namespace
}  // namespace headgate::lab
