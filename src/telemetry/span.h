// The span model: what one exchange (a client's call) leaves behind. A record is one head span and
// the spans below it. Everything is a view or a plain value, so building and encoding one copies no
// content; whoever fills a record keeps the bytes alive until record() returns. Pure data, no
// threads.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/errc.h"
#include "base/ids.h"
#include "base/money.h"
#include "base/usage.h"

namespace headgate::telemetry {

/// Stored as a number: append only, never renumber.
enum class SpanKind : std::uint8_t {
  request,  // what the client asked for; carries the totals of everything below it
  attempt,  // one call to a provider
  tool,
  retrieval,
  guardrail,
  decision,  // why a route, a release or a cached answer was chosen
  workflow,
  agent,
  llm,  // a model call as its caller saw it; one through this gateway is a `request` as well
  cache,
  gate,  // whether something may go on: a rollout, a tool call, a spending
  handoff,
  approval,
  other,
};
inline constexpr std::size_t kSpanKindCount = static_cast<std::size_t>(SpanKind::other) + 1;
std::string_view name(SpanKind kind);

struct Attribute {
  std::string_view key;
  std::string_view value;
  bool is_json = false;  // value is JSON text of a number, boolean, array or object, not a string
  friend bool operator==(const Attribute&, const Attribute&) = default;
};

struct Span {
  SpanKind kind = SpanKind::request;
  base::SpanId id;
  base::SpanId parent;  // empty, or not in this trace: the span is a root here
  std::int64_t start_unix_us = 0;
  std::int64_t duration_us = 0;
  std::optional<std::int64_t> ttft_us;  // time to first token, from start
  std::optional<base::Errc> error;      // nothing: it went well
  std::uint16_t http_status = 0;        // 0: none was seen
  std::uint16_t attempt = 0;            // 1 for the first; 0: not an attempt
  bool streamed = false;
  std::optional<base::Usage> usage;
  /// What is known to have been spent. `unpriced` says that something was used whose price is not
  /// known: then `cost` is nothing, or the part that is known. Never zero for "don't know".
  std::optional<base::Picodollars> cost;
  bool unpriced = false;
  std::uint32_t input_cut_bytes = 0;   // removed from the end of `input` by the size limit
  std::uint32_t output_cut_bytes = 0;  // likewise for `output`

  std::string_view name;
  std::string_view error_message;
  std::string_view provider;
  std::string_view model_requested;
  std::string_view model_served;
  std::string_view response_id;  // the provider's own id of the answer
  std::string_view finish_reason;
  std::string_view input;   // already cut, redacted or hashed as the content policy says
  std::string_view output;  // likewise
  std::span<const Attribute> attributes;
};

/// The error of that name (base/errc.h), nothing for an empty one. A name that this program does
/// not know, because a newer one wrote it, is Errc::internal.
std::optional<base::Errc> error_named(std::string_view name);

/// When it ended; the latest moment there is when that cannot be said in 64 bits.
std::int64_t end_unix_us(const Span& span);

/// What sampling says of a call that it kept: calls like it are kept with this probability.
struct Sampled {
  std::uint32_t ppm = 1'000'000;  // millionths
  std::string_view reason;        // empty: nothing was ever to be decided
};

/// One call as the trace store takes it. `spans` is not empty; its first is the head.
struct ExchangeRecord {
  base::TraceId trace;
  std::string_view request_id;
  std::string_view user;
  std::string_view session;
  std::string_view workflow;
  std::string_view tenant;
  std::string_view tier;
  std::string_view key_id;
  std::string_view route;
  std::string_view release;
  Sampled sampled;  // of a record read from the store; no part of its encoding
  std::span<const Span> spans;
};

}  // namespace headgate::telemetry
