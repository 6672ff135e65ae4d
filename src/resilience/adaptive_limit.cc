#include "resilience/adaptive_limit.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace headgate::resilience {
namespace {

constexpr double kDecrease = 0.7;
constexpr double kTolerance = 1.5;  // of the short time over the long one
constexpr double kGradientMin = 0.5;
constexpr double kShortWeight = 0.2;  // about the last 10 calls
constexpr double kLongWeight = 1.0 / 300;
constexpr double kLongDecay = 0.95;  // after a slow spell the long time comes down quickly

}  // namespace

AdaptiveLimit::AdaptiveLimit(const AdaptiveLimitRules& rules)
    : rules_(rules), limit_(rules.initial), published_(rules.max) {
  clamp();
}

void AdaptiveLimit::on_first_token(base::MonoTime now, base::Duration first_token, int in_flight) {
  const double sample_s = std::max(std::chrono::duration<double>(first_token).count(), 1e-6);
  const bool first = long_s_ <= 0;
  short_s_ = first ? sample_s : short_s_ + kShortWeight * (sample_s - short_s_);
  long_s_ = first ? sample_s : long_s_ + kLongWeight * (sample_s - long_s_);
  if (long_s_ > 2 * short_s_) long_s_ *= kLongDecay;
  const double gradient = std::clamp(kTolerance * long_s_ / short_s_, kGradientMin, 1.0);
  if (gradient < 1) {
    const std::chrono::duration<double> round_trip(short_s_);
    if (decreased_at_ != base::MonoTime::min() && now - decreased_at_ < round_trip) return;
    limit_ = std::min(limit_, limit_ * gradient + std::sqrt(limit_));
    decreased_at_ = now;
    clamp();
  } else {
    on_answer(in_flight);
  }
}

void AdaptiveLimit::on_answer(int in_flight) {
  if (in_flight >= (limit() + 1) / 2) limit_ += 1 / std::max(limit_, 1.0);
  clamp();
}

void AdaptiveLimit::on_overload(base::MonoTime now, base::MonoTime started) {
  if (started < decreased_at_) return;
  limit_ *= kDecrease;
  decreased_at_ = now;
  clamp();
}

void AdaptiveLimit::on_headers(base::MonoTime now, const RateHeaders& headers) {
  on_headers(now, headers.requests.remaining, headers.requests.limit, headers.requests.reset);
  for (const RateWindow* window :
       {&headers.tokens, &headers.input_tokens, &headers.output_tokens}) {
    if (window->remaining == 0 && window->reset)
      block_until(now, now + std::min(*window->reset, kBlockMost));
  }
}

void AdaptiveLimit::on_headers(base::MonoTime now, std::optional<std::int64_t> remaining_requests,
                               std::optional<std::int64_t> limit_requests,
                               std::optional<base::Duration> reset) {
  if (limit_requests && *limit_requests > 0) {
    published_ = static_cast<double>(*limit_requests);
    clamp();
  }
  if (remaining_requests && *remaining_requests <= 0 && reset)
    block_until(now, now + std::min(*reset, kBlockMost));
}

void AdaptiveLimit::block_until(base::MonoTime now, base::MonoTime until) {
  blocked_until_ = std::max(blocked_until_, std::min(until, now + kBlockMost));
}

int AdaptiveLimit::limit() const { return static_cast<int>(limit_); }

std::optional<base::MonoTime> AdaptiveLimit::blocked_until(base::MonoTime now) const {
  if (now >= blocked_until_) return std::nullopt;
  return blocked_until_;
}

void AdaptiveLimit::clamp() {
  const double most = std::min<double>(rules_.max, published_);
  limit_ = std::max<double>(std::min(limit_, most), std::max(rules_.min, 1));
}

}  // namespace headgate::resilience
