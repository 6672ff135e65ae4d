#include "lab/formats/sealed.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace headgate::lab {
namespace {

TEST(Sealed, LooksLikeTheOriginal) {
  const auto token = seal({"rs_1", "thoughts"});
  EXPECT_EQ(token.substr(0, 6), "gAAAAA");
  EXPECT_EQ(token, seal({"rs_1", "thoughts"}));
  EXPECT_NE(token, seal({"rs_2", "thoughts"}));
}

RC_GTEST_PROP(Sealed, OpensWhatItSealed, (const std::string& text)) {
  const auto content = unsealed(seal({"rs_1", text}));
  RC_ASSERT(content.has_value());
  RC_ASSERT(content->owner == "rs_1");
  RC_ASSERT(content->text == text);
}

RC_GTEST_PROP(Sealed, DoesNotOpenWhatWasChanged, (const std::string& text)) {
  std::string token = seal({"rs_1", text});
  const auto at = *rc::gen::inRange<std::size_t>(0, token.size());
  const char other = *rc::gen::elementOf(std::string("AZaz09-_="));
  RC_PRE(token[at] != other);
  token[at] = other;
  const auto content = unsealed(token);
  // The last letter before padding carries bits that do not count.
  RC_ASSERT(!content || (content->text == text && at + 4 >= token.size()));
}

TEST(Sealed, DoesNotOpenWhatItNeverMade) {
  for (const char* token : {"", "gAAAAA", "gAAAAABo====", "not a token", "Zm9v"}) {
    EXPECT_FALSE(unsealed(token)) << token;
  }
}

}  // namespace
}  // namespace headgate::lab
