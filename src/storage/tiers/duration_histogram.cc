#include "storage/tiers/duration_histogram.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <optional>

namespace headgate::storage {
namespace {

constexpr unsigned kSteps = 4;  // buckets a doubling

void append(std::vector<std::uint8_t>& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 0x80));
  out.push_back(static_cast<std::uint8_t>(value));
}

std::optional<std::uint64_t> take(std::span<const std::uint8_t>& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; !bytes.empty() && shift < 64; shift += 7) {
    const std::uint8_t byte = bytes.front();
    bytes = bytes.subspan(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

}  // namespace

// Below 4 µs a bucket each; then the exponent and the two bits after the leading one.
std::size_t DurationHistogram::bucket_of(std::int64_t us) {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(us, 0));
  if (value < kSteps) return value;
  const auto exponent = static_cast<unsigned>(std::bit_width(value)) - 1;
  const std::uint64_t step = value >> (exponent - 2) & 3;
  return std::min<std::size_t>((exponent - 1) * kSteps + step, kBuckets - 1);
}

double DurationHistogram::floor_us(std::size_t bucket) {
  if (bucket < kSteps) return static_cast<double>(bucket);
  const std::size_t exponent = bucket / kSteps + 1;
  return static_cast<double>((kSteps + bucket % kSteps)) *
         static_cast<double>(std::uint64_t{1} << (exponent - 2));
}

void DurationHistogram::merge(const DurationHistogram& other) {
  for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
}

std::uint64_t DurationHistogram::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

std::int64_t DurationHistogram::quantile_us(double q) const {
  const double rank = std::clamp(q, 0.0, 1.0) * static_cast<double>(total());
  double before = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    const auto count = static_cast<double>(counts_[i]);
    if (count > 0 && before + count >= rank) {
      const double low = floor_us(i);
      const double high = i + 1 < kBuckets ? floor_us(i + 1) : low * 1.25;
      return static_cast<std::int64_t>(low + (high - low) * (rank - before) / count);
    }
    before += count;
  }
  return 0;
}

std::vector<std::uint8_t> DurationHistogram::encode() const {
  std::vector<std::uint8_t> out;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    if (counts_[i] == 0) continue;
    out.push_back(static_cast<std::uint8_t>(i));
    append(out, counts_[i]);
  }
  return out;
}

bool DurationHistogram::decode(std::span<const std::uint8_t> bytes) {
  DurationHistogram read;
  while (!bytes.empty()) {
    const std::size_t bucket = bytes.front();
    bytes = bytes.subspan(1);
    const auto count = take(bytes);
    if (bucket >= kBuckets || !count) return false;
    read.counts_[bucket] += *count;
  }
  merge(read);
  return true;
}

}  // namespace headgate::storage
