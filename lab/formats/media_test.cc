#include "lab/formats/media.h"

#include <gtest/gtest.h>

#include <utility>

#include "lab/formats/signature.h"
#include "lab/formats/times.h"

namespace headgate::lab {
namespace {

TEST(Media, KnowsBase64) {
  for (const auto* good : {"AAAA", "AA==", "AAA=", "+/09"}) EXPECT_TRUE(is_base64(good)) << good;
  for (const auto* bad : {"", "A", "AAA", "A===", "AA=A", "-_09", "AA A", "data:,"}) {
    EXPECT_FALSE(is_base64(bad)) << bad;
  }
  for (const auto* good : {"", "AAA", "-_09", "AA", "AA=="}) {
    EXPECT_TRUE(is_lax_base64(good)) << good;
  }
  for (const auto* bad : {"A", "AA!A", "AA A"}) EXPECT_FALSE(is_lax_base64(bad)) << bad;
}

TEST(Media, TellsTypesByTheirFirstBytes) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"iVBORw0KGgoAAAA=", "image/png"},
      {"/9j/4AAQSkZJRg==", "image/jpeg"},
      {"R0lGODlhAQABAA==", "image/gif"},
      {"UklGRiQAAABXRUJQVlA4IA==", "image/webp"},
      {"JVBERi0xLjQK", "application/pdf"},
      {"AAAA", ""},
      {"", ""}};
  for (const auto& [data, type] : cases) EXPECT_EQ(sniffed_type(data), type) << data;
}

TEST(Signature, IsKnownAgain) {
  const auto signature = signature_of("a thought", "id");
  EXPECT_TRUE(is_base64(signature));
  EXPECT_TRUE(is_signature_of(signature, "a thought"));
  EXPECT_FALSE(is_signature_of(signature, "another thought"));
  EXPECT_FALSE(is_signature_of("", ""));
  EXPECT_FALSE(is_signature_of(std::string(96, 'A'), ""));
  EXPECT_EQ(signature, signature_of("a thought", "id"));
  EXPECT_NE(signature, signature_of("a thought", "other id"));
}

TEST(Times, AreWrittenInUtc) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(1'800'000'000), "2027-01-15T08:00:00Z");
  EXPECT_EQ(rfc3339(-5), "1970-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(INT64_MAX), "9999-12-31T23:59:59Z");
}

}  // namespace
}  // namespace headgate::lab
