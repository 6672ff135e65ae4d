// Cursor against Boost.JSON's parser, on random documents and on mutations of them.
#include <gtest/gtest.h>

#include <string>

#include "base/json/cursor.h"
#include "base/json/oracle.h"
#include "base/random.h"

namespace headgate::base::json {
namespace {

constexpr std::string_view kScalars[] = {
    "0",
    "-1",
    "12.5e-7",
    "true",
    "false",
    "null",
    "\"\"",
    "\"a b\"",
    "\"\\n\\u00e9\\ud83d\\ude00\"",
    "\"caf\xC3\xA9 \xF0\x9F\x98\x80\"",
    "\"a string that is longer than one vector register, or two\""};
constexpr std::string_view kBlanks[] = {"", "", "", " ", "\n  ", "\t", "\r\n"};
constexpr std::string_view kNoise = "{}[]\",:\\u0123456789eE+-.tfn \n\t\x01\x80\xC3\xF0\xFF";

template <class Table>
std::string_view pick(SeededRandom& random, const Table& table) {
  return table[random.below(std::size(table))];
}

void append_document(SeededRandom& random, std::string& out, int depth) {
  const std::uint64_t kind = depth == 0 ? 0 : random.below(4);
  out += pick(random, kBlanks);
  if (kind < 2) {
    out += pick(random, kScalars);
  } else {
    const std::uint64_t size = random.below(5);
    out += kind == 2 ? "[" : "{";
    for (std::uint64_t i = 0; i < size; ++i) {
      if (i > 0) out += ",";
      if (kind == 3)
        out.append(pick(random, kBlanks)).append("\"key\"").append(pick(random, kBlanks));
      if (kind == 3) out += ":";
      append_document(random, out, depth - 1);
    }
    out += pick(random, kBlanks);
    out += kind == 2 ? "]" : "}";
  }
  out += pick(random, kBlanks);
}

void mutate(SeededRandom& random, std::string& text) {
  const std::size_t at = random.below(text.size() + 1);
  switch (random.below(4)) {
    case 0: text.insert(at, 1, kNoise[random.below(kNoise.size())]); break;
    case 1: text.erase(at, random.below(4)); break;
    case 2: text.resize(at); break;
    default:
      if (at < text.size()) text[at] = kNoise[random.below(kNoise.size())];
  }
}

TEST(json_differential, accepts_what_boost_json_accepts) {
  SeededRandom random(20261123);
  int accepted = 0;
  int rejected = 0;
  for (int i = 0; i < 30'000; ++i) {
    std::string text;
    append_document(random, text, 5);
    for (std::uint64_t n = random.below(4); n > 0; --n) mutate(random, text);
    const std::optional<bool> oracle = oracle_accepts(text, 32);
    if (!oracle) continue;
    ASSERT_EQ(valid(text, 32), *oracle) << text;
    ++(*oracle ? accepted : rejected);
  }
  EXPECT_GT(accepted, 5'000);
  EXPECT_GT(rejected, 5'000);
}

}  // namespace
}  // namespace headgate::base::json
