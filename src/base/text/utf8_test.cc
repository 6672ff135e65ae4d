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

RC_GTEST_PROP(Utf8, makes_anything_valid_and_leaves_it_then, (const std::string& any)) {
  const std::string once = valid_utf8(any);
  RC_ASSERT(is_utf8(once));
  RC_ASSERT(valid_utf8(once) == once);
}

}  // namespace
}  // namespace headgate::base
