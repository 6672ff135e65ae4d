#include "gateway/degraded/last_answers.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>

namespace headgate::gateway {
namespace {

using base::MonoTime;
using base::seconds;

constexpr MonoTime kNow{seconds(1'000)};

KeptReply reply(std::string body, MonoTime at = kNow) {
  KeptReply out;
  out.body = std::move(body);
  out.at = at;
  return out;
}

TEST(LastAnswers, TheLastOneCounts) {
  LastAnswers answers(64 * 1024);
  EXPECT_EQ(answers.find("a", kNow), nullptr);
  answers.keep("a", reply("old"));
  answers.keep("a", reply("new"));
  answers.keep("b", reply("other"));
  EXPECT_EQ(answers.find("a", kNow)->body, "new");
  EXPECT_EQ(answers.find("b", kNow)->body, "other");
}

TEST(LastAnswers, AnOldOneIsForgotten) {
  LastAnswers answers(64 * 1024);
  answers.keep("a", reply("x"));
  EXPECT_NE(answers.find("a", kNow), nullptr);
  EXPECT_EQ(answers.find("a", kNow + seconds(1)), nullptr);
  EXPECT_EQ(answers.find("a", kNow), nullptr);
  EXPECT_EQ(answers.bytes(), 0u);
}

TEST(LastAnswers, TheOneUsedLeastRecentlyGoesFirst) {
  LastAnswers answers(64 * 1024);
  const std::string large(8'000, 'x');
  for (const char* key : {"a", "b", "c", "d", "e", "f", "g"}) answers.keep(key, reply(large));
  EXPECT_NE(answers.find("a", kNow), nullptr);
  answers.keep("h", reply(large));
  EXPECT_EQ(answers.find("b", kNow), nullptr);
  EXPECT_NE(answers.find("a", kNow), nullptr);
  answers.set_bytes_max(9'000);
  EXPECT_NE(answers.find("a", kNow), nullptr) << "used last";
  EXPECT_EQ(answers.find("h", kNow), nullptr);
}

TEST(LastAnswers, ALargeOneIsNotKeptAndTakesTheOldOneAway) {
  LastAnswers answers(64 * 1024);
  answers.keep("a", reply("old"));
  answers.keep("a", reply(std::string(answers.answer_bytes_max() + 1, 'x')));
  EXPECT_EQ(answers.find("a", kNow), nullptr) << "the old one is not the last good answer any more";
  answers.keep("a", reply(std::string(answers.answer_bytes_max(), 'x')));
  EXPECT_NE(answers.find("a", kNow), nullptr);
}

RC_GTEST_PROP(LastAnswers, GivesWhatWasKeptAndNeverTakesMoreThanItMay, ()) {
  const auto bytes_max = static_cast<std::size_t>(*rc::gen::inRange(1'000, 20'000));
  LastAnswers answers(bytes_max);
  std::map<std::string, std::string> last;
  for (int i = *rc::gen::inRange(0, 100); i > 0; --i) {
    const std::string key(1, static_cast<char>('a' + *rc::gen::inRange(0, 8)));
    if (*rc::gen::arbitrary<bool>()) {
      last[key] = std::string(static_cast<std::size_t>(*rc::gen::inRange(0, 3'000)), key[0]);
      answers.keep(key, reply(last[key]));
    } else if (const auto found = answers.find(key, kNow)) {
      RC_ASSERT(found->body == last[key]);
    }
    RC_ASSERT(answers.bytes() <= bytes_max);
  }
}

}  // namespace
}  // namespace headgate::gateway
