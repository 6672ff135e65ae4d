#include "agents/documents/chunk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <sstream>

#include "base/text/utf8.h"

namespace headgate::agents::knowledge {
namespace {

using testing::ElementsAre;

Document of(std::vector<Section> sections) {
  Document out;
  out.name = "x";
  out.sections = std::move(sections);
  return out;
}

TEST(Chunk, ASectionThatFitsIsOne) {
  EXPECT_THAT(chunk(of({{"A", " one \n"}, {"B", "two"}, {"C", "  "}}), {100, 10}),
              ElementsAre(Chunk{"A", "one"}, Chunk{"B", "two"}));
}

TEST(Chunk, EndsWithAParagraphThenALineThenASentence) {
  EXPECT_THAT(chunk(of({{"", "aaaa bbbb cccc\n\ndddd eeee"}}), {20, 0}),
              ElementsAre(Chunk{"", "aaaa bbbb cccc"}, Chunk{"", "dddd eeee"}));
  EXPECT_THAT(chunk(of({{"", "aaaa bbbb cccc\ndddd eeee"}}), {20, 0}),
              ElementsAre(Chunk{"", "aaaa bbbb cccc"}, Chunk{"", "dddd eeee"}));
  EXPECT_THAT(chunk(of({{"", "aaaa bbbb. cccc ddddd"}}), {18, 0}),
              ElementsAre(Chunk{"", "aaaa bbbb."}, Chunk{"", "cccc ddddd"}));
}

TEST(Chunk, BeginsWithTheEndOfTheOneBefore) {
  EXPECT_THAT(chunk(of({{"", "aaaa bbbb cccc dddd eeee"}}), {20, 6}),
              ElementsAre(Chunk{"", "aaaa bbbb cccc dddd"}, Chunk{"", "dddd eeee"}));
}

// Every word is in a chunk, in its order; none is too long; no character is cut.
TEST(Chunk, LosesNothing) {
  EXPECT_TRUE(rc::check([] {
    const auto words = *rc::gen::container<std::vector<std::string>>(
        rc::gen::mapcat(rc::gen::inRange<std::size_t>(1, 12), [](std::size_t size) {
          return rc::gen::container<std::string>(size, rc::gen::inRange<char>('a', 'z'));
        }));
    const auto gap = *rc::gen::elementOf(std::vector<std::string>{" ", "\n", "\n\n", ". "});
    const ChunkRules rules{*rc::gen::inRange<std::size_t>(32, 200),
                           *rc::gen::inRange<std::size_t>(0, 15)};
    std::string text;
    for (const auto& word : words) text += word + gap;
    std::size_t next = 0;
    for (const Chunk& each : chunk(of({{"h", text}}), rules)) {
      RC_ASSERT(each.text.size() <= rules.bytes_max);
      RC_ASSERT(!each.text.empty());
      std::istringstream in(each.text);
      std::vector<std::string> found;
      for (std::string word; in >> word;) {
        while (!word.empty() && word.back() == '.') word.pop_back();
        if (!word.empty()) found.push_back(word);
      }
      // Some of its words may be the overlap; the rest goes on where the last chunk ended.
      std::size_t best = next;
      for (std::size_t overlap = 0; overlap <= found.size() && overlap <= next; ++overlap) {
        std::size_t i = 0;
        while (i < found.size() && next - overlap + i < words.size() &&
               words[next - overlap + i] == found[i]) {
          ++i;
        }
        if (i == found.size()) best = std::max(best, next - overlap + i);
      }
      RC_ASSERT(best >= next);
      next = best;
    }
    RC_ASSERT(next == words.size());
  }));
}

TEST(Chunk, CutsNoCharacterAndAlwaysEnds) {
  EXPECT_TRUE(rc::check([] {
    const auto units = *rc::gen::container<std::vector<std::string>>(
        rc::gen::elementOf(std::vector<std::string>{"é", "漢", "🙂", "a", " ", "\n"}));
    std::string text;
    for (const auto& unit : units) text += unit;
    for (const Chunk& each : chunk(of({{"", text}}), {16, 7})) {
      RC_ASSERT(base::is_utf8(each.text));
      RC_ASSERT(each.text.size() <= 16U);
    }
  }));
}

}  // namespace
}  // namespace headgate::agents::knowledge
