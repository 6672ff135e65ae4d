#include "base/redact/cards.h"

#include <gtest/gtest.h>

#include "base/redact/samples_test.h"

namespace headgate::base::redact {
namespace {

TEST(redact_cards, of_all_brands_in_all_groupings) {
  expect_redacted({
      {glue("4111 1111", " 1111 1111"), "[redacted:card]"},
      {glue("4111-1111", "-1111-1111"), "[redacted:card]"},
      {glue("Visa 41111111", "11111111."), "Visa [redacted:card]."},
      {glue("5500 0000", " 0000 0004"), "[redacted:card]"},
      {glue("2223 0031", " 2200 3222"), "[redacted:card]"},
      {glue("3782 822463", " 10005"), "[redacted:card]"},
      {glue("card 3782822", "46310005 exp 12/27"), "card [redacted:card] exp 12/27"},
      {glue("6011 1111", " 1111 1117"), "[redacted:card]"},
      {glue("3566 0020", " 2036 0505"), "[redacted:card]"},
      {glue("3056 930902", " 5904"), "[redacted:card]"},
      {glue("(4012888888", "881881)"), "([redacted:card])"},
      {glue("12 4111 1111", " 1111 1111"), "12 [redacted:card]"},
  });
}

TEST(redact_cards, that_are_json_numbers_become_strings) {
  const std::string card = glue("41111111", "11111111");
  expect_redacted({
      {"{\"n\":" + card + "}", R"({"n":"[redacted:card]"})"},
      {"{\"n\" : " + card + "\n}", "{\"n\" : \"[redacted:card]\"\n}"},
      {"[" + card + ",1]", R"(["[redacted:card]",1])"},
      {card, R"("[redacted:card]")"},
      {R"({"a":"{\"n\":)" + card + "}\"}", R"({"a":"{\"n\":\"[redacted:card]\"}"})"},
      {"[\"n:" + card + "\"]", R"(["n:[redacted:card]"])"},
      {"[\":" + card + "\"]", R"([":[redacted:card]"])"},
      {"card: " + card, "card: [redacted:card]"},
  });
}

TEST(redact_cards, no_other_numbers) {
  expect_untouched({
      "Hello, my order 10-48213 has not arrived.",
      "order #4111-2222-3333",
      "Order 1234567890123456 shipped",
      "invoice 4111111111111112",
      "4111 1111 1111 1112",
      "4111 1111 1111 11111",
      "4111 1111-1111 1111",
      "x4111111111111111",
      "4111111111111111abc",
      "id-4111111111111111",
      "+4111111111111111",
      "0.4111111111111111",
      "4111111111111111.25",
      "4111-1111-1111-1111-1111-1111",
      "1700000000000",
      "2026-11-23T14:33:00.123456Z",
      "1,234,567,890,123,456",
      "+49 30 1234567",
      "+1 (555) 010-9999",
      "0049 170 1234 5678 90",
      "5b1d7b0e-6d0c-4c6e-9a39-0c3f4f1f9a11",
      "12345678-1234-1234-1234-123456789012",
      "00000000-0000-0000-0000-000000000000",
      "d41d8cd98f00b204e9800998ecf8427e",
      "da39a3ee5e6b4b0d3255bfef95601890afd80709",
      "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6==",
      R"({"card":"4111 1111 1111 1112"})",
      R"({"created":1700000000,"id":1234567890123456789})",
      "4000 0000 0000",
      "ISBN 978-3-16-148410-0",
      "IBAN DE89 3704 0044 0532 0130 00",
      "IP 192.168.100.200, port 65535, pid 4194304",
  });
}

// The fast search must find a number at every place of a block, across blocks and at the end.
TEST(redact_cards, at_every_offset) {
  for (const std::string& card : {glue("4111 1111", " 1111 1111"), glue("37828224", "6310005")}) {
    for (std::size_t before = 0; before < 150; ++before) {
      const std::string text = std::string(before, '.') + " " + card;
      for (const std::size_t after : {0, 1, 100}) {
        const auto span = find_card(text + std::string(after, ' '), 0);
        ASSERT_TRUE(span) << before;
        EXPECT_EQ(span->begin, before + 1);
        EXPECT_EQ(span->end, before + 1 + card.size());
      }
    }
  }
}

}  // namespace
}  // namespace headgate::base::redact
