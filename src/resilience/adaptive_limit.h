// How many calls a target bears at a time, learnt from it: x 0.7 when it says it is overloaded,
// less when its time to first token grows, a bit more while it is used well. What the provider
// publishes about its rate limit can close it altogether for a while. Feeds Bulkhead::set_limit.
// Single-threaded; the caller guards it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "resilience/rate_headers.h"

namespace headgate::resilience {

struct AdaptiveLimitRules {
  int min = 1;
  int max = 200;
  int initial = 20;
};

class AdaptiveLimit {
 public:
  explicit AdaptiveLimit(const AdaptiveLimitRules& rules = {});

  /// A call whose first token came after `first_token`; `in_flight` counts it. Grows by 1 a round
  /// of calls while at least half of the limit is used. Shrinks to limit * gradient + sqrt(limit)
  /// if that is less, once a round trip at most, where the gradient is 1.5 * long / short of the
  /// smoothed times, within 0.5 and 1. The root allows for a little queueing, and keeps a target
  /// that has become slower for good from being starved: 4 is as far down as this goes.
  void on_first_token(base::MonoTime now, base::Duration first_token, int in_flight);
  /// An answer whose time to first token is not known, as it came in one piece: only grows.
  void on_answer(int in_flight);
  /// 429 or overload of a call that `started` then. Calls that started before the last decrease
  /// say nothing new, so a round trip decreases once.
  void on_overload(base::MonoTime now, base::MonoTime started);
  /// Headers of an answer. No requests (or tokens) left closes the limit until their reset, for
  /// kBlockMost at most.
  void on_headers(base::MonoTime now, const RateHeaders& headers);
  void on_headers(base::MonoTime now, std::optional<std::int64_t> remaining_requests,
                  std::optional<std::int64_t> limit_requests, std::optional<base::Duration> reset);
  /// Retry-After: no call before `until`. Never shortens.
  void block_until(base::MonoTime now, base::MonoTime until);

  int limit() const;
  /// Nothing: calls may go.
  std::optional<base::MonoTime> blocked_until(base::MonoTime now) const;

  static constexpr base::Duration kBlockMost = std::chrono::minutes(5);

 private:
  void clamp();

  AdaptiveLimitRules rules_;
  double limit_;
  double published_;    // limit_requests: more calls at a time than that make no sense
  double short_s_ = 0;  // smoothed times to first token; 0: none yet
  double long_s_ = 0;
  base::MonoTime decreased_at_ = base::MonoTime::min();
  base::MonoTime blocked_until_ = base::MonoTime::min();
};

}  // namespace headgate::resilience
