#include "lab/formats/embedding.h"

#include <gtest/gtest.h>

#include <string>

namespace headgate::lab {
namespace {

double product(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

TEST(Embedding, PointsWhereTheWordsPoint) {
  const auto a = embedding_of("return the coffee grinder", 256);
  const auto b = embedding_of("the Coffee grinder broke", 256);
  const auto c = embedding_of("unrelated question about invoices", 256);
  EXPECT_NEAR(product(a, a), 1, 1e-9);
  EXPECT_EQ(a, embedding_of("return the coffee grinder", 256));
  EXPECT_GT(product(a, b), product(a, c) + 0.3);
  EXPECT_NEAR(product(embedding_of("", 3), embedding_of("", 3)), 1, 1e-9);
}

double similarity(std::string_view a, std::string_view b, std::size_t dimensions = 1536) {
  const auto left = embedding_of(a, dimensions);
  const auto right = embedding_of(b, dimensions);
  double sum = 0;
  for (std::size_t i = 0; i < dimensions; ++i) sum += left[i] * right[i];
  return sum;
}

TEST(Embedding, AreUnitVectors) {
  for (const std::string_view text : {"a", "", "  ", "?!", "Grüße, 世界", "the quick brown fox"}) {
    for (const std::size_t dimensions : {1U, 2U, 256U, 1536U}) {
      EXPECT_NEAR(similarity(text, text, dimensions), 1, 1e-9) << text << " " << dimensions;
    }
  }
}

TEST(Embedding, AreCloseWhereTextsAre) {
  const std::string_view question = "How do I return a damaged order?";
  const double near = similarity(question, "how can I return an order that arrived damaged");
  const double far = similarity(question, "The invoice was sent to the wrong address.");
  EXPECT_GT(near, 0.5);
  EXPECT_LT(far, 0.3);
  EXPECT_GT(similarity(question, "How do I return damaged orders?"), near);
  EXPECT_GT(similarity("größer", "große"), similarity("größer", "klein"));
  EXPECT_NEAR(similarity("ABC def", "abc DEF"), 1, 1e-9);
}

TEST(Embedding, NeverChange) {
  // Written down once: vectors that tests elsewhere store must stay what they are.
  const auto vector = embedding_of("headgate", 4);
  std::string text;
  for (const double number : vector) text += std::to_string(number) + " ";
  EXPECT_EQ(text, "0.691048 -0.604278 0.280446 0.280446 ");
}

}  // namespace
}  // namespace headgate::lab
