#include "storage/text/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "storage/text/plain_text.h"

namespace headgate::storage::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> all;
  WordReader reader(text);
  for (auto word = reader.next(); !word.empty(); word = reader.next()) all.emplace_back(word);
  return all;
}

std::vector<std::string> words_of_content(std::string_view content) {
  std::string storage;
  return words(plain_text(content, storage));
}

bool found(std::string_view value, std::string_view content) {
  return PhraseMatcher(phrase_of(value)).matches(content);
}

TEST(Words, are_runs_of_letters_and_digits_folded) {
  EXPECT_THAT(words("Order #4711: get_order, don't!"),
              ElementsAre("order", "4711", "get", "order", "don", "t"));
  EXPECT_THAT(words("ÄPFEL Straße œuvre Łódź ÑANDÚ"),
              ElementsAre("apfel", "strasse", "oeuvre", "lodz", "nandu"));
  EXPECT_THAT(words("A\u0308pfel e\u0301"), ElementsAre("apfel", "e"));
  EXPECT_THAT(words("ПРИВЕТ ΣΊΣΥΦΟΣ"), ElementsAre("привет", "σισυφοσ"));
  EXPECT_THAT(words("我要退款, ok"), ElementsAre("我", "要", "退", "款", "ok"));
  EXPECT_THAT(words("a“b”—c…🍎d"), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(words("a\xFF\x80"
                    "b\xC3"),
              ElementsAre("a", "b"));
  EXPECT_THAT(words(""), IsEmpty());
  EXPECT_THAT(words(std::string(100, 'x') + " y"),
              ElementsAre(std::string(kWordBytesMax, 'x'), "y"));
  EXPECT_THAT(words(std::string(kWordBytesMax - 1, 'x') + "жx"),
              ElementsAre(std::string(kWordBytesMax - 1, 'x')));
}

TEST(PlainText, is_what_people_read) {
  EXPECT_THAT(words_of_content(R"([{"role":"user","content":"line one\nrefund \u00c4pfel"}])"),
              ElementsAre("line", "one", "refund", "apfel"));
  EXPECT_THAT(words_of_content(R"([{"content":[{"type":"text","text":"hi"}]}, 42])"),
              ElementsAre("hi", "42"));
  EXPECT_THAT(words_of_content(R"({"arguments":"{\"city\":\"S\\u00e3o\\nPaulo\"}"})"),
              ElementsAre("sao", "paulo"));
  EXPECT_THAT(words_of_content(R"("\ud83c\udf4e fruit")"), ElementsAre("fruit"));
  EXPECT_THAT(words_of_content(R"([1] See "Foo": bar)"), ElementsAre("1", "see", "foo", "bar"));
  EXPECT_THAT(words_of_content(R"("Hello," she said)"), ElementsAre("hello", "she", "said"));
  EXPECT_THAT(words_of_content(R"([{"content":"cut o)"), ElementsAre("cut", "o"));
  EXPECT_THAT(words_of_content(R"([{"content":"cut \u00)"), ElementsAre("cut", "00"));
  EXPECT_THAT(words_of_content("sha256:" + std::string(64, 'a')), IsEmpty());
  EXPECT_THAT(words_of_content("sha256:" + std::string(63, 'a')),
              ElementsAre("sha256", std::string(kWordBytesMax, 'a')));
}

TEST(PhraseMatcher, finds_words_that_follow_each_other) {
  EXPECT_TRUE(found("refund", "I want a Refund."));
  EXPECT_FALSE(found("refund", "prerefunded refunds"));
  EXPECT_TRUE(found("refun*", "prerefunded refunds"));
  EXPECT_TRUE(found("want a refund", "I want\na REFUND."));
  EXPECT_FALSE(found("want refund", "I want a refund"));
  EXPECT_TRUE(found("a a b", "a a a b"));
  EXPECT_TRUE(found("apfel", "drei Äpfel"));
  EXPECT_TRUE(found("Äpfel", "drei apfel"));
  EXPECT_TRUE(found("退款", "我要退款"));
  EXPECT_TRUE(found("refund", R"([{"content":"a\nrefund"}])"));
  EXPECT_TRUE(found("refund", R"([{"content":"re\u0066und"}])"));
  EXPECT_FALSE(found("content", R"([{"content":"a"}])"));
  EXPECT_FALSE(found("...", "..."));
}

// Joined by anything that separates, words come back as they were.
RC_GTEST_PROP(Words, come_back_from_between_separators, ()) {
  const auto given = *rc::gen::container<std::vector<std::string>>(
      rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('a', 'z'))));
  std::string text;
  std::vector<std::string> expected;
  for (const std::string& word : given) {
    text += *rc::gen::element<std::string>(" ", "\n", "—", ", ", "\xFF", "🍎") + word;
    expected.push_back(word.substr(0, kWordBytesMax));
  }
  RC_ASSERT(words(text) == expected);
  for (const std::string& word : expected) {
    if (word.size() < kWordBytesMax) RC_ASSERT(found(word, text));
  }
}

}  // namespace
}  // namespace headgate::storage::text
