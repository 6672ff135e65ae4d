#include "base/text/utf8.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace headgate::base {
namespace {

TEST(Utf8, replaces_what_belongs_to_no_character) {
  EXPECT_EQ(valid_utf8("Grüße €😀"), "Grüße €😀");
  EXPECT_EQ(valid_utf8("a\xFF"
                       "b"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(valid_utf8("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(valid_utf8(""), "");
}

TEST(Utf8, cuts_between_characters) {
  EXPECT_EQ(utf8_prefix("a€b", 3), "a");
  EXPECT_EQ(utf8_prefix("a€b", 4), "a€");
  EXPECT_EQ(utf8_prefix("ab", 9), "ab");
  EXPECT_EQ(utf8_prefix("€", 0), "");
}

TEST(Utf8, reads_one_character) {
  EXPECT_EQ(decode_utf8("€b").code, U'€');
  EXPECT_EQ(decode_utf8("€b").bytes, 3u);
  for (const char* const bad : {"\x80", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80",
                                "\xF4\x90\x80\x80", "\xE2\x82", "\xFF"}) {
    EXPECT_EQ(decode_utf8(bad).bytes, 0u) << bad;
  }
  EXPECT_EQ(utf8_characters("a€😀"), 3u);
}

RC_GTEST_PROP(Utf8, what_is_written_is_read, ()) {
  const auto code = *rc::gen::suchThat(rc::gen::inRange<std::uint32_t>(0, 0x110000),
                                       [](std::uint32_t c) { return c < 0xD800 || c > 0xDFFF; });
  std::array<char, 4> out{};
  const std::size_t bytes = encode_utf8(code, out);
  const DecodedCharacter back = decode_utf8({out.data(), bytes});
  RC_ASSERT(back.code == code);
  RC_ASSERT(back.bytes == bytes);
  RC_ASSERT(is_utf8({out.data(), bytes}));
}

RC_GTEST_PROP(Utf8, a_text_is_valid_where_each_character_is, (const std::string& any)) {
  std::size_t at = 0;
  while (at < any.size()) {
    const std::size_t bytes = decode_utf8(std::string_view(any).substr(at)).bytes;
    if (bytes == 0) break;
    at += bytes;
  }
  RC_ASSERT((at == any.size()) == is_utf8(any));
}

RC_GTEST_PROP(Utf8, makes_anything_valid_and_leaves_it_then, (const std::string& any)) {
  const std::string once = valid_utf8(any);
  RC_ASSERT(is_utf8(once));
  RC_ASSERT(valid_utf8(once) == once);
}

}  // namespace
}  // namespace headgate::base
