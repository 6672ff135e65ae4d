#include "resilience/rate_headers.h"

#include <algorithm>
#include <limits>

#include "base/text/strings.h"
#include "resilience/timestamp.h"

namespace headgate::resilience {
namespace {

// Daily and monthly limits exist; nothing beyond is a reset that anybody waits for.
constexpr base::Duration kResetMost = std::chrono::hours(31 * 24);

std::optional<std::int64_t> count(std::string_view text) {
  const auto value = base::parse_u64(base::trim(text));
  if (!value || *value > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

}  // namespace

RateWindow openai_window(std::string_view limit, std::string_view remaining,
                         std::string_view reset) {
  return {count(limit), count(remaining), parse_duration(base::trim(reset), kResetMost)};
}

RateWindow anthropic_window(std::string_view limit, std::string_view remaining,
                            std::string_view reset, std::int64_t now_unix_us) {
  RateWindow window{count(limit), count(remaining), std::nullopt};
  const auto at = parse_rfc3339_us(base::trim(reset));
  std::int64_t wait_us = 0;
  if (!at || __builtin_sub_overflow(*at, now_unix_us, &wait_us)) return window;
  if (wait_us <= std::chrono::duration_cast<base::microseconds>(kResetMost).count()) {
    window.reset = base::microseconds(std::max<std::int64_t>(wait_us, 0));
  }
  return window;
}

}  // namespace headgate::resilience
