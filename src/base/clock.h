// Time, injected: everything takes a Clock&, the real one is made only in server/app.cc and cli/.
// Monotonic time drives deadlines; wall time only labels records. Safe from any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace headgate::base {

using MonoTime = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonoTime now() const = 0;
  /// Microseconds since 1970-01-01 UTC.
  virtual std::int64_t unix_us() const = 0;
};

class RealClock final : public Clock {
 public:
  MonoTime now() const override;
  std::int64_t unix_us() const override;
};

/// Moves only when told to. For tests and simulation; single-threaded.
class ManualClock final : public Clock {
 public:
  MonoTime now() const override { return now_; }
  std::int64_t unix_us() const override { return unix_us_; }
  void advance(Duration by) {
    now_ += by;
    unix_us_ += std::chrono::duration_cast<microseconds>(by).count();
  }
  /// Never back.
  void advance_to(MonoTime at) {
    if (at > now_) advance(at - now_);
  }

 private:
  MonoTime now_{seconds(1)};
  std::int64_t unix_us_ = 1'800'000'000'000'000;
};

}  // namespace headgate::base
