#include "base/trace_context.h"

namespace headgate::base {
namespace {

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view header) {
  constexpr std::size_t kLength = 55;  // 2-32-16-2 and three dashes
  if (header.size() < kLength) return std::nullopt;
  const auto version = header.substr(0, 2);
  if (!is_hex(version) || version == "ff") return std::nullopt;
  if (header.size() > kLength && (version == "00" || header[kLength] != '-')) return std::nullopt;
  if (header[2] != '-' || header[35] != '-' || header[52] != '-') return std::nullopt;
  const auto trace = TraceId::from_hex(header.substr(3, 32));
  const auto parent = SpanId::from_hex(header.substr(36, 16));
  const auto flags = header.substr(53, 2);
  if (!trace || !parent || !is_hex(flags)) return std::nullopt;
  TraceContext context;
  context.trace = *trace;
  context.parent = *parent;
  const char low = flags[1];
  const int digit = low <= '9' ? low - '0' : low - 'a' + 10;
  context.sampled = (digit & 1) != 0;
  return context;
}

std::string format_traceparent(const TraceContext& context, const SpanId& span) {
  return "00-" + context.trace.hex() + "-" + span.hex() + (context.sampled ? "-01" : "-00");
}

}  // namespace headgate::base
