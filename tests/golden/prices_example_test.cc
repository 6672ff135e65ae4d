// The price book that is handed out is a valid one.
#include <gtest/gtest.h>

#include <string>

#include "cost/price_book.h"

namespace headgate {
namespace {

TEST(PricesExample, IsAPriceBook) {
  const auto book =
      cost::PriceBook::load(std::string(HEADGATE_GOLDEN_DIR) + "/../../examples/prices.yaml");
  ASSERT_TRUE(book) << book.error().detail;
  // $0.005 and $0.015 per thousand tokens
  EXPECT_EQ(book->price("lab", "gpt-4o", {.input = 1000, .output = 1000}, 0), 20'000'000'000);
  EXPECT_TRUE(book->find("openai", "gpt-4.1-2025-04-14", 0));
  EXPECT_FALSE(book->find("openai", "gpt-4o-2025-01-01", 0));
}

}  // namespace
}  // namespace headgate
