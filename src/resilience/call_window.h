// Calls of the last while, counted in 12 buckets: all, failed, slow. What a breaker decides by. A
// bucket leaves as a whole, so the window covers between 11/12 of its length and all of it.
// Single-threaded; no allocation.
#pragma once

#include <array>
#include <cstdint>

#include "base/clock.h"

namespace headgate::resilience {

struct CallCounts {
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;
  std::uint64_t slow = 0;
};

class CallWindow {
 public:
  explicit CallWindow(base::Duration length);

  void add(base::MonoTime now, bool failure, bool slow);
  CallCounts counts(base::MonoTime now) const;
  void clear();

 private:
  static constexpr std::size_t kBuckets = 12;
  struct Bucket {
    std::int64_t number = -1;  // of the stretch of time it counts
    CallCounts counts;
  };
  std::int64_t number_of(base::MonoTime now) const;

  base::Duration width_;
  base::MonoTime newest_begin_{};  // the newest bucket is [newest_begin_, + width_)
  std::size_t newest_ = 0;
  std::array<Bucket, kBuckets> buckets_{};
};

}  // namespace headgate::resilience
