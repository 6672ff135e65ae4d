#include "lab/formats/embedding.h"

#include <gtest/gtest.h>

#include <cmath>

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

}  // namespace
}  // namespace headgate::lab
