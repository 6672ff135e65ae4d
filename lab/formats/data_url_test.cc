#include "lab/formats/data_url.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace headgate::lab {
namespace {

TEST(DataUrl, EncodesAsTheStandardSays) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("\xfb\xff"), "+/8=");
  EXPECT_EQ(base64("\xfb\xff", Base64::url), "-_8=");
}

TEST(DataUrl, RefusesWhatIsNoBase64) {
  for (const char* text : {"Zg", "Zg=", "Z===", "Zm9v!", "Zm9 ", "=Zg=", "Zg==Zg=="}) {
    EXPECT_FALSE(base64_decoded(text)) << text;
  }
  EXPECT_FALSE(base64_decoded("-_8="));
  EXPECT_EQ(base64_decoded("-_8=", Base64::url), "\xfb\xff");
}

RC_GTEST_PROP(DataUrl, DecodesWhatItEncodes, (const std::string& bytes)) {
  RC_ASSERT(base64_decoded(base64(bytes)) == bytes);
  RC_ASSERT(base64_decoded(base64(bytes, Base64::url), Base64::url) == bytes);
}

TEST(DataUrl, TakesUrlsApart) {
  const auto url = data_url("data:image/png;base64,aGk=");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->type, "image/png");
  EXPECT_EQ(url->payload, "aGk=");
  EXPECT_TRUE(url->is_base64);
  EXPECT_EQ(data_url("data:text/plain;charset=utf-8,hi")->type, "text/plain");
  EXPECT_FALSE(data_url("data:text/plain,hi")->is_base64);
  EXPECT_FALSE(data_url("https://example.com/"));
  EXPECT_FALSE(data_url("data:image/png;base64"));
}

}  // namespace
}  // namespace headgate::lab
