// A share over the last five minutes, such as calls that went well of all calls: thirty buckets of
// ten seconds, the oldest of which falls out whole. Safe from any thread: a lock, held for some
// additions.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>

#include "base/clock.h"

namespace headgate::telemetry {

class RateWindow {
 public:
  static constexpr base::Duration kBucket = base::seconds(10);
  static constexpr std::size_t kBuckets = 30;

  /// `part` of `whole` more, at `now`.
  void add(base::MonoTime now, std::uint64_t part, std::uint64_t whole) {
    const std::lock_guard lock(mutex_);
    const std::int64_t number = number_of(now);
    Bucket& bucket = buckets_[static_cast<std::size_t>(number) % kBuckets];
    if (bucket.number != number) bucket = {number, 0, 0};
    bucket.part += part;
    bucket.whole += whole;
  }
  /// Nothing where there was nothing: no evidence is no news, neither good nor bad.
  std::optional<double> ratio(base::MonoTime now) const {
    const std::lock_guard lock(mutex_);
    const std::int64_t number = number_of(now);
    std::uint64_t part = 0;
    std::uint64_t whole = 0;
    for (const Bucket& bucket : buckets_) {
      if (bucket.number + static_cast<std::int64_t>(kBuckets) <= number) continue;
      part += bucket.part;
      whole += bucket.whole;
    }
    if (whole == 0) return std::nullopt;
    return static_cast<double>(part) / static_cast<double>(whole);
  }

 private:
  struct Bucket {
    std::int64_t number = -static_cast<std::int64_t>(kBuckets);
    std::uint64_t part = 0;
    std::uint64_t whole = 0;
  };
  static std::int64_t number_of(base::MonoTime now) { return now.time_since_epoch() / kBucket; }

  mutable std::mutex mutex_;
  std::array<Bucket, kBuckets> buckets_;
};

}  // namespace headgate::telemetry
