#include "storage/journal/checksum.h"

#include <gtest/gtest.h>

#include <vector>

namespace headgate::storage {
namespace {

// Computed with libxxhash 0.8.1; together they take every path through the hash.
TEST(Checksum, agrees_with_the_reference) {
  struct Case {
    std::size_t bytes;
    std::uint64_t seed;
    std::uint64_t hash;
  };
  const Case cases[] = {
      {0, 0, 0xef46db3751d8e999},    {1, 0, 0x1f25c8d0bc1f4bb6},  {3, 7, 0xdba1037a63e422f4},
      {4, 0, 0x9bb64b7d66ee9fda},    {14, 1, 0xb2f6c1644fefe871}, {31, 0, 0xa2aa5f33cc4a6119},
      {32, 0, 0x23c3c17ef790fd97},   {33, 5, 0xbb0f5983c203f593}, {101, 0, 0xbad4d3bf033bda4c},
      {4096, 9, 0xe61757c243a151f3},
  };
  for (const Case& c : cases) {
    std::vector<std::byte> bytes(c.bytes);
    for (std::size_t i = 0; i < c.bytes; ++i) bytes[i] = static_cast<std::byte>(i * 7 + 3);
    EXPECT_EQ(xxh64(bytes, c.seed), c.hash) << c.bytes;
  }
}

}  // namespace
}  // namespace headgate::storage
