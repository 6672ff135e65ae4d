#include "base/json/cursor.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "base/text/strings.h"

namespace headgate::base::json {
namespace {

TEST(json_cursor, accepts_what_the_grammar_allows) {
  for (const std::string_view text :
       {"{}", "[]", "null", "true", "false", "0", "-0", "-0.5e+10", "1E400", "\"\"",
        " \t\r\n[1 , 2] \n", R"({"a":{"b":[{}, [], "x", 1.5e-3]}})",
        R"("\"\\\/\b\f\n\r\t\u00e9\uD83D\ude00")", R"("\ud83d")", R"("\ude00 x")",
        "\"\xC3\xA9\xF0\x9F\x98\x80\"", "\"\x7F\"", "123456789012345678901234567890"}) {
    EXPECT_TRUE(valid(text)) << text;
  }
}

TEST(json_cursor, rejects_everything_else_and_says_where) {
  struct Case {
    std::string_view text;
    std::size_t offset;
    std::string_view expected;
  };
  using namespace std::literals;
  for (const Case& c :
       std::vector<Case>{{"", 0, "a value"},
                         {" ", 1, "a value"},
                         {"\xEF\xBB\xBF{}", 0, "a value"},
                         {"{} {}", 3, "the end"},
                         {"[1,]", 3, "a value"},
                         {"[1 2]", 3, "',' or ']'"},
                         {"[1}", 2, "',' or ']'"},
                         {"{\"a\":1,}", 7, "a member name"},
                         {"{\"a\" 1}", 5, "':'"},
                         {"{\"a\":1]", 6, "',' or '}'"},
                         {"{a:1}", 1, "a member name"},
                         {"{'a':1}", 1, "a member name"},
                         {"[01]", 2, "',' or ']'"},
                         {"[-]", 2, "a digit"},
                         {"[1.]", 3, "a digit"},
                         {"[.5]", 1, "a value"},
                         {"[+1]", 1, "a value"},
                         {"[1e]", 3, "a digit"},
                         {"[0x1]", 2, "',' or ']'"},
                         {"[NaN]", 1, "a value"},
                         {"[tru]", 1, "true"},
                         {"[nul", 1, "null"},
                         {"\"a", 2, "the closing '\"' of a string"},
                         {"\"a\\", 3, "an escape character"},
                         {"\"\\x\"", 2, "an escape character"},
                         {"\"\\u12g4\"", 5, "four hex digits"},
                         {"\"a\nb\"", 2, "no control character in a string"},
                         {"\"a\0b\""sv, 2, "no control character in a string"},
                         {"\"0123456789abcdef\tb\"", 17, "no control character in a string"},
                         {"[1]\0"sv, 3, "the end"},
                         {"\"ab\xFF\"", 3, "valid UTF-8"},
                         {"\"\xC3\xA9\xC0\x80\"", 3, "valid UTF-8"},
                         {"\"\xED\xA0\x80\"", 1, "valid UTF-8"},
                         {"\"\xF0\x9F\x98", 1, "valid UTF-8"},
                         {"[/*c*/]", 1, "a value"},
                         {"[", 1, "a value"},
                         {"{", 1, "a member name"},
                         {"{\"a\":", 5, "a value"},
                         {"[[]", 3, "',' or ']'"}}) {
    Cursor cursor(c.text);
    EXPECT_FALSE(cursor.finish()) << c.text;
    EXPECT_EQ(cursor.failure().offset, c.offset) << c.text;
    EXPECT_EQ(cursor.failure().expected, c.expected) << c.text;
    EXPECT_EQ(cursor.kind(), Kind::none);
    EXPECT_FALSE(cursor.skip());
  }
}

TEST(json_cursor, a_key_is_decoded_however_long) {
  const std::string plain(100, 'x');
  const std::string text = "{\"\\n" + plain + "\":1,\"\":2}";
  Cursor cursor(text);
  std::string_view key;
  ASSERT_TRUE(cursor.enter_object() && cursor.next_key(key));
  EXPECT_EQ(cursor.key_decoded(), "\n" + plain);
  ASSERT_TRUE(cursor.next_key(key));
  EXPECT_EQ(cursor.key_decoded(), "");
}

TEST(json_cursor, error_names_the_place) {
  Cursor cursor("[1,]");
  EXPECT_FALSE(cursor.finish());
  EXPECT_EQ(cursor.error().code, Errc::invalid_json);
  EXPECT_EQ(cursor.error().detail, "invalid JSON at byte 3: expected a value");
}

TEST(json_cursor, depth_is_bounded) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(valid(nested(128)));
  EXPECT_FALSE(valid(nested(129)));
  EXPECT_TRUE(valid(nested(3), 3));
  EXPECT_FALSE(valid(nested(4), 3));
  EXPECT_TRUE(valid(nested(Cursor::kDepthMax), 1 << 20));
  EXPECT_FALSE(valid(nested(Cursor::kDepthMax + 1), 1 << 20));
  EXPECT_FALSE(valid(std::string(1 << 20, '[')));
  std::string objects;
  for (int i = 0; i < 200; ++i) objects += "{\"a\":";
  EXPECT_FALSE(valid(objects));
}

TEST(json_cursor, reads_members_with_their_places) {
  const std::string_view text =
      R"( {"a" : "x\ny" , "b":[1,-2, true,null,{"c":{}}],"d":{"e":7}, "f":1.5} )";
  Cursor cursor(text);
  ASSERT_EQ(cursor.kind(), Kind::object);
  ASSERT_TRUE(cursor.enter_object());
  std::string_view key;
  Text value;
  ASSERT_TRUE(cursor.next_key(key));
  EXPECT_EQ(key, "a");
  EXPECT_EQ(cursor.key_range().of(text), "\"a\"");
  ASSERT_TRUE(cursor.string(value));
  EXPECT_TRUE(value.escaped);
  EXPECT_EQ(value.decode(), "x\ny");
  EXPECT_EQ(cursor.value_text(), R"("x\ny")");

  ASSERT_TRUE(cursor.next_key(key));
  ASSERT_TRUE(cursor.enter_array());
  std::int64_t number = 0;
  bool flag = false;
  ASSERT_TRUE(cursor.next_element() && cursor.integer(number));
  EXPECT_EQ(number, 1);
  ASSERT_TRUE(cursor.next_element() && cursor.integer(number));
  EXPECT_EQ(number, -2);
  ASSERT_TRUE(cursor.next_element() && cursor.boolean(flag));
  EXPECT_TRUE(flag);
  ASSERT_TRUE(cursor.next_element() && cursor.null());
  ASSERT_TRUE(cursor.next_element());  // not read: skipped
  ASSERT_FALSE(cursor.next_element());
  EXPECT_EQ(cursor.value_text(), "]");

  ASSERT_TRUE(cursor.next_key(key));
  EXPECT_EQ(key, "d");
  ASSERT_TRUE(cursor.skip());
  EXPECT_EQ(cursor.value_text(), R"({"e":7})");
  ASSERT_TRUE(cursor.next_key(key));
  EXPECT_EQ(cursor.maybe_integer(), std::nullopt);
  EXPECT_FALSE(cursor.next_key(key));
  EXPECT_TRUE(cursor.finish());
}

TEST(json_cursor, compares_keys_by_what_they_say) {
  Cursor cursor(R"({"mod\u0065l":1,"\u00e9":2,"":3})");
  ASSERT_TRUE(cursor.enter_object());
  std::string_view key;
  ASSERT_TRUE(cursor.next_key(key));
  EXPECT_EQ(key, "model");
  ASSERT_TRUE(cursor.next_key(key));
  EXPECT_EQ(key, "\xC3\xA9");
  ASSERT_TRUE(cursor.next_key(key));
  EXPECT_EQ(key, "");
  EXPECT_FALSE(cursor.next_key(key));
  EXPECT_TRUE(cursor.finish());
}

TEST(json_cursor, an_escaped_key_too_long_to_decode_comes_as_written) {
  const std::string raw = "\\u0041" + std::string(64, 'x');
  const std::string text = "{\"" + raw + "\":1}";
  Cursor cursor(text);
  std::string_view key;
  ASSERT_TRUE(cursor.enter_object() && cursor.next_key(key));
  EXPECT_EQ(key, raw);
}

TEST(json_cursor, wrong_kinds_fail_where_the_value_stands) {
  const auto offset_of = [](auto read) {
    Cursor cursor(R"([ "x"])");
    EXPECT_TRUE(cursor.enter_array() && cursor.next_element());
    EXPECT_FALSE(read(cursor));
    return cursor.failure().offset;
  };
  std::int64_t number = 0;
  bool flag = false;
  EXPECT_EQ(offset_of([](Cursor& c) { return c.enter_object(); }), 2U);
  EXPECT_EQ(offset_of([](Cursor& c) { return c.enter_array(); }), 2U);
  EXPECT_EQ(offset_of([&](Cursor& c) { return c.integer(number); }), 2U);
  EXPECT_EQ(offset_of([&](Cursor& c) { return c.boolean(flag); }), 2U);
  EXPECT_EQ(offset_of([](Cursor& c) { return c.null(); }), 2U);
}

TEST(json_cursor, integers_are_exact_or_refused) {
  const auto read = [](std::string_view text) {
    Cursor cursor(text);
    std::int64_t value = 0;
    return cursor.integer(value) && cursor.finish() ? std::optional(value) : std::nullopt;
  };
  EXPECT_EQ(read("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(read("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(read("9223372036854775808"), std::nullopt);
  EXPECT_EQ(read("1.0"), std::nullopt);
  EXPECT_EQ(read("1e2"), std::nullopt);
  EXPECT_EQ(read("-0"), 0);
}

TEST(json_cursor, misuse_is_an_error_not_a_wrong_answer) {
  std::string_view key;
  {
    Cursor cursor("[1,2]");
    ASSERT_TRUE(cursor.enter_array());
    EXPECT_FALSE(cursor.next_key(key));
    EXPECT_FALSE(cursor.ok());
  }
  {
    Cursor cursor(R"({"a":1})");
    ASSERT_TRUE(cursor.enter_object());
    EXPECT_FALSE(cursor.skip());  // no key was asked for
    EXPECT_FALSE(cursor.ok());
  }
  {
    Cursor cursor(R"({"a":1})");
    ASSERT_TRUE(cursor.enter_object());
    EXPECT_FALSE(cursor.finish());
  }
}

TEST(json_text, decodes_surrogates) {
  const auto decoded = [](std::string_view raw) { return Text{raw, true}.decode(); };
  EXPECT_EQ(decoded(R"(\uD83D\uDE00)"), "\xF0\x9F\x98\x80");
  EXPECT_EQ(decoded(R"(\ud83d)"), "\xEF\xBF\xBD");
  EXPECT_EQ(decoded(R"(\ud83dx)"), "\xEF\xBF\xBDx");
  EXPECT_EQ(decoded(R"(\ude00\ud83d)"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(decoded(R"(\ud83d\u0041)"),
            "\xEF\xBF\xBD"
            "A");
  EXPECT_EQ(decoded(R"(\ud83d\ud83d\ude00)"), "\xEF\xBF\xBD\xF0\x9F\x98\x80");
  EXPECT_EQ(decoded(R"(\u0000)"), std::string(1, '\0'));
  EXPECT_EQ(decoded(R"(\u00E9\u20ac)"), "\xC3\xA9\xE2\x82\xAC");
}

TEST(json_text, append_never_cuts_a_character) {
  const auto cut = [](std::string_view raw, std::size_t bytes_max) {
    std::string out;
    const bool whole = append(out, {raw, raw.find('\\') != raw.npos}, bytes_max);
    return out + (whole ? "" : "|");
  };
  EXPECT_EQ(cut("abc", 3), "abc");
  EXPECT_EQ(cut("abc", 2), "ab|");
  EXPECT_EQ(cut("a\xC3\xA9", 2), "a|");
  EXPECT_EQ(cut("a\\u00e9", 2), "a|");
  EXPECT_EQ(cut("a\\u00e9", 3), "a\xC3\xA9");
  EXPECT_EQ(cut("\xF0\x9F\x98\x80z", 3), "|");
}

TEST(json_text, equals_without_decoding) {
  EXPECT_TRUE(equals({"abc", false}, "abc"));
  EXPECT_TRUE(equals({"a\\u0062c", true}, "abc"));
  EXPECT_FALSE(equals({"a\\u0062", true}, "abc"));
  EXPECT_FALSE(equals({"a\\u0062cd", true}, "abc"));
}

RC_GTEST_PROP(json_text, decode_undoes_json_string, (const std::string& bytes)) {
  std::string plain;
  for (const char c : bytes) plain.push_back(static_cast<char>(c & 0x7F));
  const std::string quoted = json_string(plain);
  Cursor cursor(quoted);
  Text text;
  RC_ASSERT(cursor.string(text) && cursor.finish());
  RC_ASSERT(text.decode() == plain);
  RC_ASSERT(equals(text, plain));
}

// The fast search must see a special byte at every position of a block and at the end.
TEST(json_cursor, finds_the_end_of_strings_of_every_length) {
  for (std::size_t length = 0; length < 70; ++length) {
    const std::string text =
        "[\"" + std::string(length, 'x') + "\",\"" + std::string(length, 'y') + "\\n\",1]";
    EXPECT_TRUE(valid(text)) << length;
    EXPECT_FALSE(valid(std::string_view(text).substr(0, length + 2))) << length;
  }
}

}  // namespace
}  // namespace headgate::base::json
