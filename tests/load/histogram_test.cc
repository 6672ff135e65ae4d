#include "histogram.h"

#include <gtest/gtest.h>

namespace headgate::load {
namespace {

TEST(Histogram, IsEmptyAtFirst) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.percentile_ns(0.99), 0U);
}

TEST(Histogram, PercentilesAreAtMostABucketAboveTheSample) {
  Histogram histogram;
  for (std::int64_t value = 1; value <= 100'000; ++value) histogram.record(value);
  for (const double fraction : {0.001, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = fraction * 100'000;
    const auto found = static_cast<double>(histogram.percentile_ns(fraction));
    EXPECT_GE(found, exact) << fraction;
    EXPECT_LE(found, exact * 1.008 + 1) << fraction;
  }
  EXPECT_EQ(histogram.max_ns(), 100'000U);
  EXPECT_EQ(histogram.percentile_ns(1), 100'000U);
  EXPECT_DOUBLE_EQ(histogram.mean_ns(), 50'000.5);
}

TEST(Histogram, ExactForSmallValuesAndSafeForAnyOther) {
  Histogram histogram;
  histogram.record(-5);
  histogram.record(255);
  EXPECT_EQ(histogram.percentile_ns(0.5), 0U);
  EXPECT_EQ(histogram.percentile_ns(1), 255U);
  histogram.record(std::int64_t{1} << 62);
  EXPECT_EQ(histogram.max_ns(), std::uint64_t{1} << 62);
}

}  // namespace
}  // namespace headgate::load
