// Keys under which we keep what OTLP says of a span beside its attributes, from the way in to the
// way out.
#pragma once

#include <string_view>

namespace headgate::telemetry {

inline constexpr std::string_view kResourcePrefix = "resource.";    // of a record's first span
inline constexpr std::string_view kSpanNameKey = "otel.span.name";  // where ours is another
inline constexpr std::string_view kSpanRoleKey =
    "otel.span.kind";  // where the kind implies another
inline constexpr std::string_view kTraceStateKey = "otel.trace_state";
inline constexpr std::string_view kScopeNameKey = "otel.scope.name";
inline constexpr std::string_view kScopeVersionKey = "otel.scope.version";
inline constexpr std::string_view kEventsKey = "otel.events";  // JSON
inline constexpr std::string_view kLinksKey = "otel.links";    // JSON
inline constexpr std::string_view kDroppedKey = "otel.dropped_count";

/// Of a model call from outside: why it has the cost it has, or none ("gateway", "below").
inline constexpr std::string_view kCostSourceKey = "headgate.cost.source";
/// Of a record that sampling has kept: how likely that was, and why.
inline constexpr std::string_view kSamplingProbabilityKey = "headgate.sampling.probability";
inline constexpr std::string_view kSamplingReasonKey = "headgate.sampling.reason";
/// The usage of a span whose tokens are counted elsewhere, as JSON.
inline constexpr std::string_view kToldUsageKey = "headgate.usage.told";

}  // namespace headgate::telemetry
