#include "http/wire/gzip.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace headgate::http {
namespace {

using base::Errc;

RC_GTEST_PROP(Gzip, gives_back_what_was_packed, (const std::string& text)) {
  const auto unpacked = gunzip(gzip(text), text.size());
  RC_ASSERT(unpacked.has_value());
  RC_ASSERT(*unpacked == text);
}

RC_GTEST_PROP(Gzip, refuses_every_truncation, (const std::string& text)) {
  const std::string packed = gzip(text);
  const auto shorter = *rc::gen::inRange<std::size_t>(0, packed.size());
  RC_ASSERT(!gunzip(packed.substr(0, shorter), 1 << 20));
}

TEST(Gzip, stops_a_bomb_at_the_limit) {
  const std::string zeros(64 << 20, '\0');
  const std::string bomb = gzip(zeros);
  ASSERT_LT(bomb.size(), 100'000u);
  const auto unpacked = gunzip(bomb, 1 << 20);
  ASSERT_FALSE(unpacked);
  EXPECT_EQ(unpacked.error().code, Errc::payload_too_large);
  EXPECT_TRUE(gunzip(bomb, zeros.size()));
  EXPECT_FALSE(gunzip(bomb, zeros.size() - 1));
}

TEST(Gzip, reads_several_members_and_refuses_what_is_behind_them) {
  const std::string two = gzip("one ") + gzip("two");
  EXPECT_EQ(gunzip(two, 100).value(), "one two");
  EXPECT_FALSE(gunzip(two + "x", 100));
  EXPECT_FALSE(gunzip("", 100));
  EXPECT_FALSE(gunzip("plain text", 100));
}

}  // namespace
}  // namespace headgate::http
