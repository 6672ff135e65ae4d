#include "gateway/upstream/headers.h"

#include <algorithm>
#include <array>

#include "base/text/strings.h"
#include "base/trace_context.h"

namespace headgate::gateway {
namespace {

// Not the caller's idempotency-key: one call may become several requests that differ.
constexpr std::array<std::string_view, 3> kToProvider{"accept", "content-type", "user-agent"};
constexpr std::array<std::string_view, 3> kToOwnFamily{"openai-beta", "anthropic-version",
                                                       "anthropic-beta"};
constexpr std::array<std::string_view, 4> kToCaller{"retry-after", "retry-after-ms",
                                                    "openai-processing-ms", "openai-version"};
constexpr std::array<std::string_view, 3> kLimits{"x-ratelimit-", "anthropic-ratelimit-",
                                                  "anthropic-priority-"};

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

std::string upstream_headers(const Attempt& attempt) {
  using llm::chat::Dialect;
  const Call& call = attempt.call;
  std::string out;
  out.reserve(512);
  out += attempt.model.provider->headers;
  bool has_type = false;
  bool has_version = false;
  for (const auto& header : call.ask.headers) {
    const bool pass = is_one_of(kToProvider, header.name) ||
                      (!attempt.crosses() && is_one_of(kToOwnFamily, header.name));
    if (!pass) continue;
    has_type = has_type || base::iequals(header.name, "content-type");
    has_version = has_version || base::iequals(header.name, "anthropic-version");
    append(out, header.name, header.value);
  }
  if (!has_type) append(out, "content-type", "application/json");
  if (attempt.upstream_dialect == Dialect::anthropic && !has_version) {
    append(out, "anthropic-version", attempt.model.provider->api_version);
  }
  append(out, "accept-encoding", "identity");  // usage and content are read on the way through
  append(out, "traceparent", base::format_traceparent(call.ctx.trace, attempt.span));
  if (!call.ctx.trace.state.empty()) append(out, "tracestate", call.ctx.trace.state);
  return out;
}

bool is_for_provider(std::string_view name) {
  return is_one_of(kToProvider, name) || is_one_of(kToOwnFamily, name);
}

void pass_reply_headers(const http::Headers& provider, http::ReplyHead& reply,
                        bool with_content_type) {
  for (const auto& header : provider) {
    const bool rate_limit =
        std::any_of(kLimits.begin(), kLimits.end(), [&](std::string_view prefix) {
          return base::iequals(header.name.substr(0, prefix.size()), prefix);
        });
    if (rate_limit || is_one_of(kToCaller, header.name)) {
      reply.add(header.name, header.value);
    } else if (base::iequals(header.name, "content-type")) {
      if (with_content_type) reply.add(header.name, header.value);
    } else if (base::iequals(header.name, "x-request-id") ||
               base::iequals(header.name, "request-id")) {
      reply.add("x-upstream-request-id", header.value);
    }
  }
}

bool takes_trailers(const http::Headers& caller) {
  return caller.get("te").find("trailers") != std::string_view::npos;
}

void add_ids(const base::Context& ctx, http::ReplyHead& reply) {
  reply.add("x-request-id", ctx.request_id);
  reply.add("request-id", ctx.request_id);  // where Anthropic's clients look
  reply.add("x-headgate-trace-id", ctx.trace.trace.hex());
}

void add_delivery(const Call& call, http::ReplyHead& reply) {
  if (call.attempts.size() > 1) {
    reply.add("x-headgate-attempts", std::to_string(call.attempts.size()));
  }
  const Model* const model = call.served_by();
  if (model != call.asked_model) reply.add("x-headgate-model", model->name);
  if (!call.degraded.empty()) reply.add("x-headgate-degraded", call.degraded);
}

void add_retry_after(base::Duration wait, http::ReplyHead& reply) {
  const auto ms = std::chrono::duration_cast<base::milliseconds>(wait).count();
  reply.add("retry-after", std::to_string((ms + 999) / 1000));
  reply.add("retry-after-ms", std::to_string(ms));
}

void add_losses(const Attempt& attempt, http::ReplyHead& reply) {
  if (attempt.losses.empty()) return;
  constexpr std::size_t kBytesMax = 1024;
  std::string fields;
  for (const auto& loss : attempt.losses) {
    if (fields.size() + loss.field.size() > kBytesMax) {
      fields += ", ...";
      break;
    }
    if (!fields.empty()) fields += ", ";
    fields += loss.field;
  }
  reply.add("x-headgate-dropped", fields);
}

}  // namespace headgate::gateway
