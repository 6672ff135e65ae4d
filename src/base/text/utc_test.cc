#include "base/text/utc.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/text/sha256.h"

namespace headgate::base {
namespace {

TEST(UtcText, IsRfc3339OfOneLength) {
  EXPECT_EQ(utc_text(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(utc_text(1'800'000'000'000'001), "2027-01-15T08:00:00.000001Z");
  EXPECT_EQ(utc_text(951'782'400'000'000), "2000-02-29T00:00:00.000000Z");
  EXPECT_EQ(utc_text(-1), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(utc_text(std::numeric_limits<std::int64_t>::max()), "9999-12-31T23:59:59.999999Z");
}

TEST(Sha256, IsThatOfTheStandard) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace headgate::base
