// The one table of how an attempt at a target can fail and what follows from it: try the same
// target again, try another one, tell its breaker, or hand the provider's answer to the caller.
// Nothing else in the gateway decides any of that. Constant data; safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace headgate::resilience {

enum class FailureKind : std::uint8_t {
  rate_limited,         // 429 that goes away by waiting
  overloaded,           // 503, 529
  transient,            // 500, 502, 504, connection reset
  connect,              // refused, unreachable, TLS or DNS failed
  timeout_first_token,  // accepted, and then silence
  timeout_idle,         // the stream stopped in the middle
  timeout_total,        // the whole call took too long
  deadline,             // the caller's own time was up first
  context_length,       // the prompt does not fit the model
  content_filter,       // the provider's policy refused
  quota,                // insufficient_quota: no money or no allowance left
  credential,           // 401, and 403 where it is about our key or account
  forbidden,            // 403 that does not say so
  model_gone,           // no such model, or not any more
  caller_fault,         // 400, 404, 413, 422: the request is wrong
  malformed,            // an answer that cannot be read
  truncated,            // an answer that ends early
  too_large,            // an answer beyond our limits
  output_invalid,       // readable, but not what the schema asks for
  cancelled,            // the caller went away
  refused_by_us,        // breaker open, bulkhead full: nothing was sent
  internal,             // a fault of our own
};
inline constexpr std::size_t kFailureKinds = static_cast<std::size_t>(FailureKind::internal) + 1;

/// Which targets may be tried after this failure, beside the same one.
enum class Next : std::uint8_t { none, any, larger_context };

/// What the failure tells the target's breaker. `rate` goes to the adaptive limit instead: a target
/// that says "slower" is alive. `open` opens the breaker at once, without counting.
enum class BreakerEffect : std::uint8_t { none, rate, failure, slow, open };

struct FailureRow {
  FailureKind kind;
  std::string_view name;  // label in metrics and traces
  bool retry_same;        // another attempt at the same target can help
  Next next;
  BreakerEffect breaker;
  bool spends_budget;  // the attempt that follows takes from the retry budget
  bool pass_on;        // the provider's own answer goes to the caller as it is
  std::string_view why;
};

const FailureRow& row(FailureKind kind);
/// All rows, in the order of FailureKind.
std::span<const FailureRow> rows();

}  // namespace headgate::resilience
