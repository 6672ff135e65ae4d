// How long calls took, as counts of 128 buckets, four to a doubling, up to 71 minutes: adding and
// merging are exact, a quantile is off by 10 % at most. Plain value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace headgate::storage {

class DurationHistogram {
 public:
  static constexpr std::size_t kBuckets = 128;

  void add(std::int64_t us, std::uint64_t times = 1) { counts_[bucket_of(us)] += times; }
  void merge(const DurationHistogram& other);
  std::uint64_t total() const;
  /// The duration that a share of `q` (0 to 1) of the calls did not exceed; 0 of no calls.
  std::int64_t quantile_us(double q) const;

  /// Only what is not zero: a few bytes for most.
  std::vector<std::uint8_t> encode() const;
  /// Adds what `bytes` say; false, and nothing changed, when that is no histogram.
  bool decode(std::span<const std::uint8_t> bytes);

  friend bool operator==(const DurationHistogram&, const DurationHistogram&) = default;

 private:
  static std::size_t bucket_of(std::int64_t us);
  static double floor_us(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> counts_{};
};

}  // namespace headgate::storage
