#include "resilience/breaker.h"

#include <algorithm>

namespace headgate::resilience {
namespace {

/// part / whole >= percent / 100
bool share_reached(std::uint64_t part, std::uint64_t whole, int percent) {
  return part * 100 >= whole * static_cast<std::uint64_t>(percent);
}

bool forced(BreakerState state) {
  return state == BreakerState::forced_open || state == BreakerState::forced_closed;
}

base::MonoTime later(base::MonoTime from, base::Duration by) {
  return by > base::MonoTime::max() - from ? base::MonoTime::max() : from + by;
}

}  // namespace

std::string_view name_of(BreakerState state) {
  switch (state) {
    case BreakerState::closed: return "closed";
    case BreakerState::open: return "open";
    case BreakerState::half_open: return "half_open";
    case BreakerState::forced_open: return "forced_open";
    case BreakerState::forced_closed: return "forced_closed";
  }
  return "";
}

Breaker::Breaker(const BreakerRules& rules) : rules_(rules), window_(rules.window) {}

std::optional<Permit> Breaker::acquire(base::MonoTime now, base::Random& random) {
  settle(now);
  switch (state_) {
    case BreakerState::forced_closed: return Permit{epoch_};
    case BreakerState::closed:
      if (ramp_admits(now, random)) return Permit{epoch_};
      break;
    case BreakerState::half_open:
      if (lease_ == 0) return probe(now, random);
      break;
    case BreakerState::open:
    case BreakerState::forced_open: break;
  }
  ++rejected_total_;
  return std::nullopt;
}

void Breaker::report(const Permit& permit, Outcome outcome, base::MonoTime now) {
  settle(now);
  if (permit.epoch != epoch_) return;
  if (permit.probe) return report_probe(permit, outcome, now);
  if (state_ != BreakerState::closed || outcome == Outcome::neutral) return;
  window_.add(now, outcome == Outcome::failure, outcome == Outcome::slow);
  if (outcome == Outcome::success) {
    failures_in_row_ = 0;
    return;
  }
  if (outcome == Outcome::failure) ++failures_in_row_;
  const std::string_view why = tripped(now);
  if (!why.empty()) open(now, {}, why);
}

void Breaker::open_now(base::MonoTime now, base::Duration at_least, std::string_view reason) {
  settle(now);
  if (forced(state_)) return;
  if (state_ != BreakerState::open) return open(now, at_least, reason);
  open_until_ = std::max(open_until_, later(now, at_least));
  reason_ = reason;
}

void Breaker::force(BreakerState to) {
  if (!forced(to)) return;
  change(to);
  reason_ = "forced";
}

void Breaker::release_force() {
  if (!forced(state_)) return;
  change(BreakerState::closed);
  openings_ = 0;
  ramping_ = false;
  reason_.clear();
}

BreakerState Breaker::state(base::MonoTime now) const {
  if (state_ == BreakerState::open) {
    return now >= open_until_ ? BreakerState::half_open : BreakerState::open;
  }
  if (!lease_expired(now)) return state_;
  const base::MonoTime until = later(lease_until_, open_time(openings_ + 1));
  return now >= until ? BreakerState::half_open : BreakerState::open;
}

base::MonoTime Breaker::retry_at() const {
  switch (state_) {
    case BreakerState::forced_open: return base::MonoTime::max();
    case BreakerState::open: return open_until_;
    case BreakerState::half_open: return lease_ == 0 ? base::MonoTime::min() : lease_until_;
    case BreakerState::closed:
    case BreakerState::forced_closed: break;
  }
  return base::MonoTime::min();
}

/// Whatever was under way belongs to the past from here on.
void Breaker::change(BreakerState to) {
  state_ = to;
  ++epoch_;
  lease_ = 0;
  probes_passed_ = 0;
  failures_in_row_ = 0;
  window_.clear();
}

void Breaker::open(base::MonoTime from, base::Duration at_least, std::string_view reason) {
  change(BreakerState::open);
  openings_ = std::min(openings_ + 1, 64);  // doubled so often, any time is open_max
  open_until_ = later(from, std::max(open_time(openings_), at_least));
  reason_ = reason;
  ++opened_total_;
}

void Breaker::close(base::MonoTime now) {
  change(BreakerState::closed);
  ramping_ = true;
  closed_at_ = now;
  reason_.clear();
}

/// Lets time do what it does by itself: an expired lease is a failure at its deadline, not at the
/// time somebody looks; an open time ends; a ramp ends.
void Breaker::settle(base::MonoTime now) {
  if (lease_expired(now)) open(lease_until_, {}, "a probe did not report within its lease");
  if (state_ == BreakerState::open && now >= open_until_) change(BreakerState::half_open);
  if (ramping_ && state_ == BreakerState::closed && now - closed_at_ >= rules_.ramp) {
    ramping_ = false;
    openings_ = 0;
  }
}

bool Breaker::lease_expired(base::MonoTime now) const {
  return state_ == BreakerState::half_open && lease_ != 0 && now >= lease_until_;
}

base::Duration Breaker::open_time(int opening) const {
  if (opening <= 1) return rules_.open;
  base::Duration time = rules_.open;
  for (int i = 1; i < opening && time < rules_.open_max; ++i) {
    time = time > rules_.open_max / 2 ? rules_.open_max : time * 2;
  }
  const double ticks = static_cast<double>(std::min(time, rules_.open_max).count());
  return base::Duration(static_cast<std::int64_t>(ticks * jitter_));
}

bool Breaker::ramp_admits(base::MonoTime now, base::Random& random) {
  if (!ramping_) return true;
  const base::Duration third = rules_.ramp / 3;
  const base::Duration passed = now - closed_at_;
  const std::uint64_t percent = passed < third ? 10 : passed < third * 2 ? 25 : 50;
  return random.below(100) < percent;
}

std::optional<Permit> Breaker::probe(base::MonoTime now, base::Random& random) {
  jitter_ = 0.5 + random.unit() / 2;
  lease_ = ++last_lease_;
  lease_until_ = later(now, rules_.probe_lease);
  ++probes_total_;
  return Permit{epoch_, lease_, true};
}

void Breaker::report_probe(const Permit& permit, Outcome outcome, base::MonoTime now) {
  if (permit.lease != lease_ || lease_ == 0) return;
  lease_ = 0;
  if (outcome == Outcome::neutral) return;
  if (outcome != Outcome::success) return open(now, {}, "a probe failed");
  if (++probes_passed_ >= rules_.probes) close(now);
}

/// Why it should open, by the rules in breaker.h; empty: it should not.
std::string_view Breaker::tripped(base::MonoTime now) const {
  if (failures_in_row_ >= rules_.consecutive) return "failures in a row";
  const CallCounts counts = window_.counts(now);
  const bool enough = counts.calls >= static_cast<std::uint64_t>(rules_.samples_min);
  if (counts.failures >= static_cast<std::uint64_t>(rules_.window_failures) &&
      (!enough || share_reached(counts.failures, counts.calls, rules_.failure_percent))) {
    return "share of failures";
  }
  if (enough && share_reached(counts.slow, counts.calls, rules_.slow_percent)) {
    return "share of slow calls";
  }
  return "";
}

}  // namespace headgate::resilience
