// Any bytes as the headers in which providers say how long to wait: three lines of values. What is
// read of them is within its bounds.
#include "resilience/rate_headers.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "resilience/backoff.h"

namespace {

using headgate::base::Duration;
using headgate::resilience::RateWindow;

void check(const std::optional<Duration>& wait) {
  if (wait && (*wait < Duration::zero() || *wait > headgate::resilience::kRetryAfterMost)) {
    std::abort();
  }
}

void check(const RateWindow& window) {
  if (window.limit.value_or(0) < 0 || window.remaining.value_or(0) < 0) std::abort();
  check(window.reset);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t kNowS = 1'795'443'531;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::array<std::string_view, 3> lines;
  for (auto& line : lines) {
    line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  const auto& [a, b, c] = lines;
  check(headgate::resilience::parse_retry_after(a, b, kNowS));
  check(headgate::resilience::openai_window(a, b, c));
  check(headgate::resilience::anthropic_window(a, b, c, kNowS * 1'000'000));
  return 0;
}
