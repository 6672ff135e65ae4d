#include "gateway/headers.h"

#include <algorithm>
#include <array>

#include "base/text/strings.h"
#include "base/trace_context.h"

namespace headgate::gateway {
namespace {

constexpr std::array<std::string_view, 5> kToProvider{"accept", "content-type", "user-agent",
                                                      "openai-beta", "idempotency-key"};
constexpr std::array<std::string_view, 5> kToCaller{
    "retry-after", "retry-after-ms", "x-should-retry", "openai-processing-ms", "openai-version"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view entry) { return base::iequals(entry, name); });
}

void append(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

}  // namespace

std::string upstream_headers(const Provider& provider, const http::Headers& caller,
                             const base::TraceContext& trace, const base::SpanId& span) {
  std::string out;
  out.reserve(512);
  out += provider.headers;
  for (const auto& header : caller) {
    if (is_one_of(kToProvider, header.name)) append(out, header.name, header.value);
  }
  append(out, "accept-encoding", "identity");  // usage and content are read on the way through
  append(out, "traceparent", base::format_traceparent(trace, span));
  if (!trace.state.empty()) append(out, "tracestate", trace.state);
  return out;
}

void pass_reply_headers(const http::Headers& provider, http::ReplyHead& reply,
                        bool with_content_type) {
  for (const auto& header : provider) {
    constexpr std::string_view kRateLimit = "x-ratelimit-";
    const bool rate_limit = header.name.size() > kRateLimit.size() &&
                            base::iequals(header.name.substr(0, kRateLimit.size()), kRateLimit);
    if (rate_limit || is_one_of(kToCaller, header.name)) {
      reply.add(header.name, header.value);
    } else if (base::iequals(header.name, "content-type")) {
      if (with_content_type) reply.add(header.name, header.value);
    } else if (base::iequals(header.name, "x-request-id")) {
      reply.add("x-upstream-request-id", header.value);
    }
  }
}

bool takes_trailers(const http::Headers& caller) {
  return caller.get("te").find("trailers") != std::string_view::npos;
}

void add_ids(const base::Context& ctx, http::ReplyHead& reply) {
  reply.add("x-request-id", ctx.request_id);
  reply.add("x-headgate-trace-id", ctx.trace.trace.hex());
}

}  // namespace headgate::gateway
