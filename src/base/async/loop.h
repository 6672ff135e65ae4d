// One event loop: an io_context run by one thread, with its timer wheel, its clock and its random
// numbers. Everything that belongs to a connection lives on one loop and is touched by its thread
// only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/async/poller.h"
#include "base/async/task.h"
#include "base/async/task_group.h"
#include "base/async/timer_wheel.h"
#include "base/clock.h"
#include "base/random.h"

namespace headgate::base {

class Loop {
 public:
  /// `random`: by default seeded from the kernel.
  explicit Loop(const Clock& clock, std::unique_ptr<Random> random = nullptr);
  /// Ends the coroutines that are still suspended.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  asio::io_context& io() { return io_; }
  TimerWheel& wheel() { return wheel_; }
  Poller& poller() { return poller_; }
  Random& random() { return *random_; }
  const Clock& clock() const { return clock_; }
  MonoTime now() const { return clock_.now(); }

  /// Runs until stop(). The caller's thread becomes the loop's thread.
  void run();
  /// Instead of run(), under a clock that is moved by hand: does everything that is ready now and
  /// returns. Timers are the caller's: the clock goes to wheel().next(), then the wheel is told.
  void run_ready();
  /// Safe from any thread.
  void stop();
  /// Whether several requests are being served at once, so that their writes are worth gathering.
  bool crowded() const { return in_flight_ > 1; }
  /// How late the last tick of the wheel came, in microseconds: the loop's lag. Safe from any
  /// thread.
  std::int64_t lag_us() const { return lag_us_.load(std::memory_order_relaxed); }

 private:
  friend class InFlight;
  friend class TaskGroup;
  void tick();

  const Clock& clock_;
  TimerWheel wheel_;
  asio::io_context io_{1};
  Poller poller_{io_};
  std::unique_ptr<Random> random_;
  Timer ticker_;
  MonoTime next_tick_;
  std::atomic<std::int64_t> lag_us_{0};
  int in_flight_ = 0;
  RootTasks roots_;  // last: its destructor ends suspended coroutines that use all the others
};

/// Counts a request as being served for as long as it lives.
class InFlight {
 public:
  explicit InFlight(Loop& loop) : loop_(loop) { ++loop_.in_flight_; }
  ~InFlight() { --loop_.in_flight_; }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

 private:
  Loop& loop_;
};

/// Suspends the calling coroutine until `at`, or one slot of the wheel longer.
Async<void> sleep_until(Loop& loop, MonoTime at);

}  // namespace headgate::base
