#include "resilience/call_window.h"

#include <algorithm>

namespace headgate::resilience {

CallWindow::CallWindow(base::Duration length)
    : width_(std::max(length / static_cast<int>(kBuckets), base::Duration(1))) {}

std::int64_t CallWindow::number_of(base::MonoTime now) const {
  return now.time_since_epoch() / width_;
}

void CallWindow::add(base::MonoTime now, bool failure, bool slow) {
  // Time that seems to go backwards (two threads, one lock) counts as the newest. The division is
  // only made once a bucket.
  if (now - newest_begin_ >= width_) {
    const std::int64_t number = number_of(now);
    newest_ = static_cast<std::size_t>(number) % kBuckets;
    newest_begin_ = base::MonoTime(number * width_);
    buckets_[newest_] = {number, {}};
  }
  Bucket& bucket = buckets_[newest_];
  if (bucket.number < 0) bucket.number = number_of(newest_begin_);
  ++bucket.counts.calls;
  bucket.counts.failures += failure ? 1 : 0;
  bucket.counts.slow += slow ? 1 : 0;
}

CallCounts CallWindow::counts(base::MonoTime now) const {
  const std::int64_t oldest =
      number_of(std::max(now, newest_begin_)) - static_cast<std::int64_t>(kBuckets) + 1;
  CallCounts sum;
  for (const Bucket& bucket : buckets_) {
    if (bucket.number < oldest || bucket.number < 0) continue;
    sum.calls += bucket.counts.calls;
    sum.failures += bucket.counts.failures;
    sum.slow += bucket.counts.slow;
  }
  return sum;
}

void CallWindow::clear() { buckets_.fill({}); }

}  // namespace headgate::resilience
