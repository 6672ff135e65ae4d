#include "lab/neutral/prompt_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace headgate::lab {
namespace {

/// `count` tokens that differ from another `seed`'s.
std::string words(int count, const std::string& seed) {
  std::string text;
  for (int i = 0; i < count; ++i) text += ' ' + seed;
  return text;
}

std::int64_t read_of(PromptCache& cache, const std::string& text) {
  Prompt prompt;
  prompt.cache_text = text;
  return cache.look_up(prompt, 0).read;
}

TEST(PromptCache, RemembersLongPrefixes) {
  PromptCache cache;
  EXPECT_EQ(read_of(cache, words(1300, "a")), 0);
  EXPECT_EQ(read_of(cache, words(1300, "a")), 1280);
  EXPECT_EQ(read_of(cache, words(1100, "a") + words(300, "b")), 1024);
  EXPECT_EQ(read_of(cache, words(1300, "c")), 0);
}

TEST(PromptCache, IgnoresShortPrompts) {
  PromptCache cache;
  EXPECT_EQ(read_of(cache, words(1023, "a")), 0);
  EXPECT_EQ(read_of(cache, words(1023, "a")), 0);
}

TEST(PromptCache, Forgets) {
  PromptCache cache;
  read_of(cache, words(1024, "a"));
  cache.clear();
  EXPECT_EQ(read_of(cache, words(1024, "a")), 0);
}

// ---- with breakpoints

enum class Mark { none, shortly, longly };

CacheBlock block(const std::string& text, std::int64_t tokens, Mark mark = Mark::none) {
  return {text, tokens, mark != Mark::none, mark == Mark::longly};
}

Prompt prompt_of(std::vector<CacheBlock> blocks) {
  Prompt prompt;
  prompt.dialect = Dialect::anthropic;
  prompt.model = "m";
  prompt.cache_blocks = std::move(blocks);
  return prompt;
}

void expect_use(const PromptCache::Use& use, std::int64_t read, std::int64_t write,
                std::int64_t write_long) {
  EXPECT_EQ(use.read, read);
  EXPECT_EQ(use.write, write);
  EXPECT_EQ(use.write_long, write_long);
}

TEST(PromptCache, WritesAndReadsAtBreakpoints) {
  PromptCache cache;
  const auto first =
      prompt_of({block("tools", 1000), block("system", 500, Mark::shortly), block("hello", 10)});
  expect_use(cache.look_up(first, 0), 0, 1500, 0);
  expect_use(cache.look_up(first, 299), 1500, 0, 0);
  expect_use(cache.look_up(first, 598), 1500, 0, 0);  // reading renewed it
  expect_use(cache.look_up(first, 899), 0, 1500, 0);
  const auto longer = prompt_of({block("tools", 1000), block("system", 500), block("hello", 10),
                                 block("more", 90, Mark::shortly)});
  expect_use(cache.look_up(longer, 900), 1500, 100, 0);
  auto other_model = first;
  other_model.model = "n";
  expect_use(cache.look_up(other_model, 900), 0, 1500, 0);
}

TEST(PromptCache, BillsBothLifetimes) {
  PromptCache cache;
  const auto prompt = prompt_of(
      {block("tools", 2000, Mark::longly), block("talk", 300, Mark::shortly), block("end", 5)});
  expect_use(cache.look_up(prompt, 0), 0, 2300, 2000);
  expect_use(cache.look_up(prompt, 301), 2000, 300, 0);
  expect_use(cache.look_up(prompt, 302), 2300, 0, 0);
}

TEST(PromptCache, LooksTwentyBlocksBack) {
  for (const int distance : {19, 20}) {
    PromptCache cache;
    std::vector<CacheBlock> blocks{block("start", 2000, Mark::shortly)};
    cache.look_up(prompt_of(blocks), 0);
    blocks.front().breakpoint = false;
    for (int i = 0; i < distance; ++i) blocks.push_back(block(std::to_string(i), 1));
    blocks.back().breakpoint = true;
    EXPECT_EQ(cache.look_up(prompt_of(blocks), 0).read, distance == 19 ? 2000 : 0);
  }
}

TEST(PromptCache, IgnoresShortPrefixes) {
  PromptCache cache;
  const auto prompt = prompt_of({block("a", 1023, Mark::shortly), block("b", 5000)});
  expect_use(cache.look_up(prompt, 0), 0, 0, 0);
  expect_use(cache.look_up(prompt, 0), 0, 0, 0);
}

}  // namespace
}  // namespace headgate::lab
