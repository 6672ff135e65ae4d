#include "gateway/prompt_cache/prefixes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace headgate::gateway {
namespace {

constexpr std::size_t kDepth = 128;

std::string turn(const std::string& role, const std::string& content) {
  return R"({"role":")" + role + R"(","content":")" + content + R"("})";
}

std::string body(const std::vector<std::string>& turns, const std::string& more = {}) {
  std::string out = R"({"model":"m",)" + more + R"("messages":[)";
  for (std::size_t i = 0; i < turns.size(); ++i) out += (i == 0 ? "" : ",") + turns[i];
  return out + R"(],"stream":true})";
}

// How many of b's beginnings are also a's.
std::ptrdiff_t shared(const std::string& a, const std::string& b) {
  const auto first = prefixes_of(a, kDepth).beginnings;
  const auto second = prefixes_of(b, kDepth).beginnings;
  return std::count_if(second.begin(), second.end(), [&](std::uint64_t beginning) {
    return std::find(first.begin(), first.end(), beginning) != first.end();
  });
}

bool is_same(const std::string& a, const std::string& b) {
  const auto first = prefixes_of(a, kDepth).beginnings;
  return !first.empty() && first == prefixes_of(b, kDepth).beginnings;
}

const std::vector<std::string> kTurns = {turn("system", "be brief"), turn("user", "one"),
                                         turn("assistant", "1"), turn("user", "two")};

TEST(PromptPrefixes, AGrowingConversationKeepsItsBeginnings) {
  for (std::size_t n = 1; n < kTurns.size(); ++n) {
    const std::vector<std::string> begun(kTurns.begin(), kTurns.begin() + static_cast<long>(n));
    const std::size_t all = prefixes_of(body(begun), kDepth).beginnings.size();
    EXPECT_EQ(all, n + 1) << "and the one before the first turn";
    EXPECT_EQ(shared(body(begun), body(kTurns)), static_cast<std::ptrdiff_t>(all));
  }
}

TEST(PromptPrefixes, AChangedTurnEndsWhatIsShared) {
  for (std::size_t n = 0; n < kTurns.size(); ++n) {
    auto changed = kTurns;
    changed[n] = turn("user", "something else");
    EXPECT_EQ(shared(body(kTurns), body(changed)), static_cast<std::ptrdiff_t>(n + 1));
  }
}

TEST(PromptPrefixes, WhatPrecedesTheTurnsIsPartOfEachBeginning) {
  const std::string plain = body(kTurns, R"("tools":[{"name":"a"},{"name":"b"}],)");
  EXPECT_EQ(shared(plain, body(kTurns, R"("tools":[{"name":"b"},{"name":"a"}],)")), 0);
  EXPECT_EQ(shared(plain, body(kTurns)), 0);
  EXPECT_EQ(prefixes_of(plain, kDepth).pairs, prefixes_of(body(kTurns), kDepth).pairs);
  EXPECT_TRUE(
      is_same(plain, body(kTurns, R"("max_tokens":7,"tools":[{"name":"a"},{"name":"b"}],)")))
      << "limits are no part of a prompt";
  EXPECT_TRUE(is_same(R"({"system":"s","tools":[1],"messages":["a"]})",
                      R"({"tools":[1],"messages":["a"],"system":"s"})"))
      << "the order of members is none of the prompt's";
}

TEST(PromptPrefixes, MarksForTheCacheAreNoPartOfAPrompt) {
  const std::string mark = R"("cache_control":{"type":"ephemeral","ttl":"1h"})";
  const std::string plain = R"({"messages":[{"text":"a","x":1}]})";
  for (const std::string& marked :
       {R"({"messages":[{"text":"a","x":1,)" + mark + "}]}",
        R"({"messages":[{"text":"a",)" + mark + R"(,"x":1}]})",
        R"({"messages":[{)" + mark + R"(,"text":"a","x":1}]})",
        R"({"messages":[{)" + mark + R"( , "text":"a","x":1}]})",
        std::string(R"({"messages":[{"text":"a","x":1,"cache_control" : null}]})"),
        std::string(R"({"messages":[{"text":"a","x":1,"prompt_cache_breakpoint":{"mode":"e"}}]})"),
        R"({"messages":[{"text":"a",)" + mark +
            R"(,"prompt_cache_breakpoint":{"mode":"e"},"x":1}]})"}) {
    EXPECT_TRUE(is_same(plain, marked)) << marked;
  }
  for (const std::string other : {R"({"messages":[{"text":"cache_control","x":1}]})",
                                  R"({"messages":[{"text":"a","x":"cache_control"}]})",
                                  R"({"messages":[{"text":"a","x":1,"cache_control":7}]})"}) {
    EXPECT_FALSE(is_same(plain, other)) << other;
  }
}

TEST(PromptPrefixes, LongTurnsHaveBeginningsToo) {
  const std::string document(100'000, 'd');
  const std::string a = body({turn("user", document + " first question")});
  const std::string b = body({turn("user", document + " second question")});
  const std::size_t all = prefixes_of(a, kDepth).beginnings.size();
  EXPECT_GT(all, 10u);
  EXPECT_LT(all, 40u);
  EXPECT_EQ(shared(a, b), static_cast<std::ptrdiff_t>(all - 1));
}

TEST(PromptPrefixes, AllDialectsHaveTurns) {
  EXPECT_EQ(prefixes_of(R"({"input":"text","model":"m"})", kDepth).beginnings.size(), 2u);
  EXPECT_EQ(prefixes_of(R"({"input":["a","b"]})", kDepth).beginnings.size(), 3u);
  EXPECT_EQ(prefixes_of(R"({"contents":[{"parts":[]}]})", kDepth).beginnings.size(), 2u);
}

TEST(PromptPrefixes, VeryManyTurnsAreThinnedInTheMiddle) {
  std::vector<std::string> turns;
  for (int i = 0; i < 1000; ++i) turns.push_back(std::to_string(i));
  const auto a = prefixes_of(body(turns), kDepth);
  EXPECT_EQ(a.beginnings.size(), 160u);
  EXPECT_EQ(a.pairs.size(), 32u);
  const std::string begun = body(turns);
  turns.push_back("\"more\"");
  EXPECT_EQ(shared(begun, body(turns)), 159);
}

TEST(PromptPrefixes, WhatIsNoRequestHasNone) {
  for (const std::string_view text : {"", "[]", "{", R"({"messages":[)", R"({"messages":{}}x)"}) {
    EXPECT_TRUE(prefixes_of(text, kDepth).beginnings.empty()) << text;
  }
}

}  // namespace
}  // namespace headgate::gateway
