#include "resilience/backoff.h"

#include <algorithm>

#include "base/text/strings.h"
#include "resilience/timestamp.h"

namespace headgate::resilience {
namespace {

base::Duration uniform(base::Duration below, base::Random& random) {
  if (below <= base::Duration::zero()) return base::Duration::zero();
  return base::Duration(
      static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(below.count()))));
}

/// min(cap, base * 2^retry), whatever the numbers are.
base::Duration exponential(const BackoffRules& rules, int retry) {
  base::Duration wait = std::max(rules.base, base::Duration::zero());
  for (int i = 0; i < retry && wait > base::Duration::zero(); ++i) {
    if (wait > rules.cap / 2) return rules.cap;
    wait *= 2;
  }
  return std::min(wait, rules.cap);
}

}  // namespace

base::Duration backoff(const BackoffRules& rules, int retry,
                       std::optional<base::Duration> retry_after, base::Random& random) {
  if (!retry_after) return uniform(exponential(rules, retry), random);
  const base::Duration floor = std::clamp(*retry_after, base::Duration::zero(), kRetryAfterMost);
  const base::Duration spread = std::max<base::Duration>(base::milliseconds(100), floor / 10);
  return floor + uniform(spread, random);
}

bool too_long(const BackoffRules& rules, std::optional<base::Duration> retry_after) {
  return retry_after && *retry_after > rules.retry_after_max;
}

std::optional<base::Duration> parse_retry_after(std::string_view retry_after,
                                                std::string_view retry_after_ms,
                                                std::int64_t now_unix_s) {
  const auto ms = parse_decimal(base::trim(retry_after_ms), base::milliseconds(1), kRetryAfterMost);
  if (ms) return ms;
  const std::string_view text = base::trim(retry_after);
  const auto seconds = parse_decimal(text, base::seconds(1), kRetryAfterMost);
  if (seconds) return seconds;
  const auto date = parse_http_date(text);
  if (!date) return std::nullopt;
  if (*date <= now_unix_s) return base::Duration::zero();
  // Both are of four-digit years, or `now` is so far off that the difference is refused.
  std::int64_t wait_s = 0;
  if (__builtin_sub_overflow(*date, now_unix_s, &wait_s)) return std::nullopt;
  if (wait_s > std::chrono::duration_cast<base::seconds>(kRetryAfterMost).count()) {
    return std::nullopt;
  }
  return base::seconds(wait_s);
}

}  // namespace headgate::resilience
