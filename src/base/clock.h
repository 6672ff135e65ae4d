// Time, injected: everything takes a Clock&, the real one is made only in server/app.cc and cli/.
// Monotonic time drives deadlines; wall time only labels records. Safe from any thread.
#pragma once

#include <atomic>
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

/// Moves only when told to, by one thread; read by any. For tests and simulation.
class ManualClock final : public Clock {
 public:
  MonoTime now() const override { return now_.load(); }
  std::int64_t unix_us() const override { return unix_us_.load(); }
  void advance(Duration by) {
    now_ = now_.load() + by;
    unix_us_ += std::chrono::duration_cast<microseconds>(by).count();
  }
  /// Never back.
  void advance_to(MonoTime at) {
    if (at > now()) advance(at - now());
  }

 private:
  std::atomic<MonoTime> now_{MonoTime(seconds(1))};
  std::atomic<std::int64_t> unix_us_{1'800'000'000'000'000};
};

}  // namespace headgate::base
