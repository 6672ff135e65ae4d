#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <utility>
#include <vector>

#include "resilience/breaker.h"

namespace headgate::resilience {
namespace {

using base::Duration;
using base::MonoTime;
using base::seconds;
using enum BreakerState;

bool forced(BreakerState state) { return state == forced_open || state == forced_closed; }

bool legal(BreakerState from, BreakerState to) {
  static const std::set<std::pair<BreakerState, BreakerState>> edges{
      {closed, open}, {open, half_open}, {half_open, open}, {half_open, closed}};
  return from == to || edges.contains({from, to}) || forced(to) || (forced(from) && to == closed);
}

/// A random history of calls, losses, late reports, time and operators.
class History {
 public:
  explicit History(const BreakerRules& rules)
      : rules_(rules), breaker_(rules), random_(*rc::gen::arbitrary<std::uint64_t>()) {}

  void step() {
    switch (*rc::gen::inRange(0, 20)) {
      case 0: breaker_.open_now(now_, seconds(*rc::gen::inRange(0, 700)), "quota"); break;
      case 1: breaker_.force(*rc::gen::element(forced_open, forced_closed)); break;
      case 2:
      case 3: breaker_.release_force(); break;
      case 4:
      case 5: pass(*rc::gen::inRange(0, 100'000)); break;
      case 6: pass(*rc::gen::inRange(0, 1'000)); break;
      case 7: lose(); break;
      case 8:
      case 9:
      case 10:
      case 11:
      case 12: acquire(); break;
      default: report();
    }
    check_edge();
  }

  /// Whatever happened, and though nobody who is out there ever reports.
  void check_not_stuck() {
    if (forced(seen_)) breaker_.release_force();
    check_edge();
    now_ = std::max(now_ + rules_.probe_lease + rules_.open_max + rules_.ramp, quota_end());
    RC_ASSERT(breaker_.acquire(now_, random_).has_value());
  }

 private:
  void pass(int ms) {
    now_ += base::milliseconds(ms);
    check_edge();
  }

  void acquire() {
    const BreakerState before = breaker_.state(now_);
    const auto permit = breaker_.acquire(now_, random_);
    RC_ASSERT(breaker_.state(now_) == before);  // asking decides nothing
    if (!permit) {
      RC_ASSERT(before != forced_closed);
      return;
    }
    RC_ASSERT(before == closed || before == half_open || before == forced_closed);
    RC_ASSERT(permit->probe == (before == half_open));
    if (permit->probe) {
      RC_ASSERT(now_ >= probe_until_);  // never two at a time
      probe_until_ = now_ + rules_.probe_lease;
    }
    calls_.push_back(*permit);
  }

  void report() {
    if (calls_.empty()) return;
    const std::size_t i = *rc::gen::inRange<std::size_t>(0, calls_.size());
    const auto outcome = *rc::gen::element(Outcome::success, Outcome::failure, Outcome::failure,
                                           Outcome::slow, Outcome::neutral);
    const Permit permit = calls_[i];
    if (*rc::gen::inRange(0, 4) > 0) calls_.erase(calls_.begin() + static_cast<std::ptrdiff_t>(i));
    breaker_.report(permit, outcome, now_);
    if (permit.probe && permit.lease == breaker_.probes_total()) probe_until_ = now_;
  }

  void lose() {
    if (!calls_.empty()) calls_.pop_back();
  }

  void check_edge() {
    const BreakerState is = breaker_.state(now_);
    RC_ASSERT(legal(seen_, is));
    // A change of state by somebody else ends the probe that was under way.
    if (is != half_open) probe_until_ = now_;
    seen_ = is;
  }

  /// open_now may ask for more than open_max.
  MonoTime quota_end() const {
    const MonoTime at = breaker_.retry_at();
    return at == MonoTime::max() ? now_ : at;
  }

  BreakerRules rules_;
  Breaker breaker_;
  base::SeededRandom random_;
  MonoTime now_{seconds(1'000)};
  BreakerState seen_ = closed;
  MonoTime probe_until_{};
  std::vector<Permit> calls_;
};

RC_GTEST_PROP(BreakerProperty, NeverSticksNeverProbesTwiceNeverJumps, ()) {
  History history({.consecutive = *rc::gen::inRange(1, 4),
                   .window_failures = *rc::gen::inRange(1, 6),
                   .samples_min = *rc::gen::inRange(1, 10),
                   .probes = *rc::gen::inRange(1, 4)});
  const int steps = *rc::gen::inRange(1, 300);
  for (int i = 0; i < steps; ++i) history.step();
  history.check_not_stuck();
}

/// What CallWindow counts, call by call.
RC_GTEST_PROP(CallWindowProperty, CountsWhatIsWithinItsLength, ()) {
  constexpr Duration kBucket = seconds(5);
  CallWindow window(seconds(60));
  struct Call {
    MonoTime at;
    bool failure, slow;
  };
  std::vector<Call> calls;
  MonoTime now{seconds(*rc::gen::inRange(1, 1'000))};
  for (int i = *rc::gen::inRange(1, 200); i > 0; --i) {
    now += base::milliseconds(*rc::gen::element(0, 1, 700, 5'000, 31'000, 90'000));
    calls.push_back({now, *rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>()});
    window.add(now, calls.back().failure, calls.back().slow);
    const MonoTime oldest{(now.time_since_epoch() / kBucket - 11) * kBucket};
    CallCounts want;
    for (const Call& call : calls) {
      if (call.at < oldest) continue;
      ++want.calls;
      want.failures += call.failure ? 1 : 0;
      want.slow += call.slow ? 1 : 0;
    }
    const CallCounts is = window.counts(now);
    RC_ASSERT(is.calls == want.calls);
    RC_ASSERT(is.failures == want.failures);
    RC_ASSERT(is.slow == want.slow);
  }
  RC_ASSERT(window.counts(now + seconds(61)).calls == 0u);
  window.clear();
  RC_ASSERT(window.counts(now).calls == 0u);
}

}  // namespace
}  // namespace headgate::resilience
