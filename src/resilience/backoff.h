// How long to wait before an attempt is repeated: full jitter on an exponential, or what the
// provider asks for in Retry-After plus jitter, which is a floor and never undercut. Pure; the
// header's value is bytes from outside.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace headgate::resilience {

struct BackoffRules {
  base::Duration base = base::milliseconds(200);
  base::Duration cap = base::seconds(8);
  base::Duration retry_after_max = base::seconds(60);
};

/// The wait before retry `retry` (0 first): U(0, min(cap, base * 2^retry)). With Retry-After r:
/// r + U(0, max(100 ms, r/10)).
base::Duration backoff(const BackoffRules& rules, int retry,
                       std::optional<base::Duration> retry_after, base::Random& random);

/// The provider asks for more patience than we have: leave this target alone instead of waiting.
bool too_long(const BackoffRules& rules, std::optional<base::Duration> retry_after);

/// Longest wait that is believed: monthly allowances begin anew within it.
inline constexpr base::Duration kRetryAfterMost = std::chrono::hours(31 * 24);

/// Of the values of Retry-After (seconds, decimals allowed, or an HTTP date) and retry-after-ms,
/// which wins if it can be read; an empty value is an absent header. A date that has passed is 0.
/// Nothing when neither can be read, or is negative or beyond kRetryAfterMost.
std::optional<base::Duration> parse_retry_after(std::string_view retry_after,
                                                std::string_view retry_after_ms,
                                                std::int64_t now_unix_s);

}  // namespace headgate::resilience
