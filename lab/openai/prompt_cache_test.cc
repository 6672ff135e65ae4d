#include "lab/openai/prompt_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace headgate::lab {
namespace {

/// `count` tokens that differ from another `seed`'s.
std::string prompt(int count, const std::string& seed) {
  std::string text;
  for (int i = 0; i < count; ++i) text += ' ' + seed;
  return text;
}

TEST(PromptCache, RemembersLongPrefixes) {
  PromptCache cache;
  EXPECT_EQ(cache.look_up(prompt(1300, "a")), 0);
  EXPECT_EQ(cache.look_up(prompt(1300, "a")), 1280);
  EXPECT_EQ(cache.look_up(prompt(1100, "a") + prompt(300, "b")), 1024);
  EXPECT_EQ(cache.look_up(prompt(1300, "c")), 0);
}

TEST(PromptCache, IgnoresShortPrompts) {
  PromptCache cache;
  EXPECT_EQ(cache.look_up(prompt(1023, "a")), 0);
  EXPECT_EQ(cache.look_up(prompt(1023, "a")), 0);
}

TEST(PromptCache, Forgets) {
  PromptCache cache;
  cache.look_up(prompt(1024, "a"));
  cache.clear();
  EXPECT_EQ(cache.look_up(prompt(1024, "a")), 0);
}

}  // namespace
}  // namespace headgate::lab
