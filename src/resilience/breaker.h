// A circuit breaker for one target: stops calls to what fails, probes it, lets it back slowly.
// A probe is a lease with a deadline, so a call that never reports cannot keep the breaker half
// open; results that are older than the last change of state are discarded. 429 is no failure here.
// Single-threaded; the caller guards it. acquire and report allocate nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "resilience/call_window.h"

namespace headgate::resilience {

/// A closed breaker opens when, upon a failure or slow call, one of these holds:
///   run:    `consecutive` failures came in a row. A success ends the row; slow and neutral calls
///           neither end it nor add to it.
///   share:  `window` holds at least `window_failures` failures, and they are at least
///           `failure_percent` of its calls; that is not asked below `samples_min` calls.
///   slow:   `window` holds at least `samples_min` calls, `slow_percent` of them slow.
/// Neutral results are not counted at all.
struct BreakerRules {
  int consecutive = 5;
  int window_failures = 10;
  base::Duration window = base::seconds(60);
  int failure_percent = 50;
  int samples_min = 20;
  int slow_percent = 80;
  base::Duration open =
      base::seconds(30);  // the first time exactly; then min(2^n * open, open_max)
  base::Duration open_max = base::seconds(300);  // times U(0.5, 1)
  base::Duration probe_lease = base::seconds(30);
  int probes = 1;                           // successes in a row that close it, one at a time
  base::Duration ramp = base::seconds(10);  // after closing 10, 25, 50 % of calls, a third each
};

enum class BreakerState : std::uint8_t { closed, open, half_open, forced_open, forced_closed };
std::string_view name_of(BreakerState state);

/// Belongs to one call and comes back in report(), once.
struct Permit {
  std::uint64_t epoch = 0;
  std::uint64_t lease = 0;  // of a probe, else 0
  bool probe = false;
};

/// `neutral`: no verdict on the target (cancelled, 4xx, 429).
enum class Outcome : std::uint8_t { success, failure, slow, neutral };

class Breaker {
 public:
  explicit Breaker(const BreakerRules& rules = {});

  /// Nothing: do not call the target now; see retry_at().
  std::optional<Permit> acquire(base::MonoTime now, base::Random& random);
  /// A probe that is slow has failed.
  void report(const Permit& permit, Outcome outcome, base::MonoTime now);

  /// Opens at once for at least so long (no quota, bad credential). An open breaker stays open for
  /// the longer of both times. Forced states stay.
  void open_now(base::MonoTime now, base::Duration at_least, std::string_view reason);

  /// By hand, until release_force(). REQUIRES: forced_open or forced_closed. Results are not
  /// counted meanwhile.
  void force(BreakerState forced);
  /// Back to closed, with nothing counted and no ramp. Does nothing when nothing is forced.
  void release_force();

  /// An open breaker whose time is over is half open; one with a probe past its lease is open.
  BreakerState state(base::MonoTime now) const;
  /// When asking again makes sense; at or before now: at once. While a probe is under way that is
  /// the end of its lease, though it may report earlier. MonoTime::max() if forced open.
  base::MonoTime retry_at() const;
  /// Why it opened last; empty: it is closed or never did.
  std::string_view reason() const { return reason_; }

  std::uint64_t opened_total() const { return opened_total_; }
  std::uint64_t probes_total() const { return probes_total_; }
  std::uint64_t rejected_total() const { return rejected_total_; }

 private:
  void change(BreakerState to);
  void open(base::MonoTime from, base::Duration at_least, std::string_view reason);
  void close(base::MonoTime now);
  void settle(base::MonoTime now);
  bool lease_expired(base::MonoTime now) const;
  base::Duration open_time(int opening) const;
  bool ramp_admits(base::MonoTime now, base::Random& random);
  std::optional<Permit> probe(base::MonoTime now, base::Random& random);
  void report_probe(const Permit& permit, Outcome outcome, base::MonoTime now);
  std::string_view tripped(base::MonoTime now) const;

  BreakerRules rules_;
  CallWindow window_;
  BreakerState state_ = BreakerState::closed;
  std::uint64_t epoch_ = 1;  // of state_
  int failures_in_row_ = 0;
  int openings_ = 0;  // since it was last closed with the ramp behind it
  base::MonoTime open_until_{};
  double jitter_ = 1;        // for the next opening; drawn with each probe
  std::uint64_t lease_ = 0;  // of the probe under way, 0: none
  std::uint64_t last_lease_ = 0;
  base::MonoTime lease_until_{};
  int probes_passed_ = 0;
  bool ramping_ = false;
  base::MonoTime closed_at_{};
  std::string reason_;
  std::uint64_t opened_total_ = 0;
  std::uint64_t probes_total_ = 0;
  std::uint64_t rejected_total_ = 0;
};

}  // namespace headgate::resilience
