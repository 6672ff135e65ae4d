// Log-linear histogram of nanoseconds, in the manner of HdrHistogram: 128 buckets for each
// doubling, so a reported percentile is at most 0.8 % above the sample's true value. Fixed size, no
// allocation after construction, one owner, one thread.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

namespace headgate::load {

class Histogram {
 public:
  void record(std::int64_t value_ns) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(value_ns, 0));
    ++counts_[index_of(value)];
    ++count_;
    sum_ns_ += static_cast<double>(value);
    max_ns_ = std::max(max_ns_, value);
  }

  std::uint64_t count() const { return count_; }
  double mean_ns() const { return count_ == 0 ? 0 : sum_ns_ / static_cast<double>(count_); }
  std::uint64_t max_ns() const { return max_ns_; }

  /// The smallest bucket's upper end that at least `fraction` of the samples do not exceed; 0 if
  /// empty.
  std::uint64_t percentile_ns(double fraction) const {
    const auto rank = static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size() && count_ != 0; ++i) {
      seen += counts_[i];
      if (seen >= std::max<std::uint64_t>(rank, 1)) return std::min(upper_end(i), max_ns_);
    }
    return 0;
  }

 private:
  static constexpr int kSubBits = 7;
  static constexpr std::uint64_t kSub = 1ULL << kSubBits;
  static constexpr int kDoublings = 40 - kSubBits;  // up to 2^40 ns, about 18 minutes

  static std::size_t index_of(std::uint64_t value) {
    const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - kSubBits - 1);
    if (shift > kDoublings) return kBuckets - 1;
    return static_cast<std::size_t>(shift) * kSub + (value >> shift);
  }

  static std::uint64_t upper_end(std::size_t index) {
    if (index < 2 * kSub) return index;
    const std::uint64_t shift = index / kSub - 1;
    return ((index - shift * kSub + 1) << shift) - 1;
  }

  static constexpr std::size_t kBuckets = (kDoublings + 2) * kSub;
  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(kBuckets);
  std::uint64_t count_ = 0;
  std::uint64_t max_ns_ = 0;
  double sum_ns_ = 0;
};

}  // namespace headgate::load
