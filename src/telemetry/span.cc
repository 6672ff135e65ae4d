#include "telemetry/span.h"

#include <array>
#include <limits>

namespace headgate::telemetry {

std::string_view name(SpanKind kind) {
  static constexpr std::array<std::string_view, kSpanKindCount> kNames{
      "request", "attempt", "tool",  "retrieval", "guardrail", "decision", "workflow",
      "agent",   "llm",     "cache", "gate",      "handoff",   "approval", "other"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<base::Errc> error_named(std::string_view name) {
  if (name.empty()) return std::nullopt;
  for (std::size_t i = 0; i < base::kErrcCount; ++i) {
    const auto code = static_cast<base::Errc>(i);
    if (base::row(code).name == name) return code;
  }
  return base::Errc::internal;
}

std::int64_t end_unix_us(const Span& span) {
  std::int64_t end = 0;
  const bool overflow = __builtin_add_overflow(span.start_unix_us, span.duration_us, &end);
  return overflow ? std::numeric_limits<std::int64_t>::max() : end;
}

}  // namespace headgate::telemetry
