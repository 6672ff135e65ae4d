#include "base/text/base64.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace headgate::base {
namespace {

// RFC 4648, section 10.
TEST(base64, known_pairs) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

TEST(base64, reads_both_alphabets_without_padding_and_with_line_ends) {
  EXPECT_EQ(base64_decoded("-_-_"), "\xFB\xFF\xBF");
  EXPECT_EQ(base64_decoded("+/+/"), "\xFB\xFF\xBF");
  EXPECT_EQ(base64_decoded("Zg"), "f");
  EXPECT_EQ(base64_decoded("Zm9v\r\nYmFy\n"), "foobar");
}

TEST(base64, refuses_what_is_none) {
  for (const std::string_view text : {"Z", "Zm9vY", "Zm 9v", "Z=g=", "Zm9v!", "\xC3\xA9"}) {
    EXPECT_FALSE(base64_decoded(text)) << text;
  }
}

RC_GTEST_PROP(base64, comes_back, (const std::string& bytes)) {
  RC_ASSERT(base64_decoded(base64(bytes)) == bytes);
}

}  // namespace
}  // namespace headgate::base
