// W3C Trace Context (level 1): the traceparent header, read and written. Pure; what is malformed is
// ignored and a new trace begun, as the specification asks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/context.h"

namespace headgate::base {

/// Nothing when the header is malformed, all zero or of version ff; a higher version is read by its
/// first four fields, as the specification asks. On success trace, parent and sampled are set.
std::optional<TraceContext> parse_traceparent(std::string_view header);

/// "00-<trace>-<span>-01" with `span` as the parent that the callee sees.
std::string format_traceparent(const TraceContext& context, const SpanId& span);

}  // namespace headgate::base
