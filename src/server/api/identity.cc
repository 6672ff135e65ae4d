#include "server/api/identity.h"

#include <algorithm>

#include "base/text/strings.h"
#include "base/trace_context.h"
#include "server/api/query.h"

namespace headgate::server {

using base::Result;

namespace {

constexpr std::size_t kIdBytesMax = 128;
constexpr std::size_t kStateBytesMax = 512;

bool is_visible(std::string_view text, std::size_t bytes_max) {
  return !text.empty() && text.size() <= bytes_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

std::string id_from(std::string_view header) {
  return is_visible(header, kIdBytesMax) ? std::string(header) : std::string();
}

// A caller may put a credential where a name belongs: then the name is that there was one.
std::string name_from(std::string_view header, base::Redactor& redactor) {
  std::string out = id_from(header);
  std::string redacted;
  if (!out.empty() && redactor.redact(out, redacted)) return redacted;
  return out;
}

std::string_view bearer(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() <= kScheme.size()) return {};
  if (!base::iequals(authorization.substr(0, kScheme.size()), kScheme)) return {};
  return base::trim(authorization.substr(kScheme.size()));
}

// The key, wherever the dialects' clients put it. Where several came, the bearer token counts, but
// for Anthropic's clients, whose x-api-key does.
std::string credential(const http::RequestHead& request) {
  const std::string_view token = bearer(request.headers.get("authorization"));
  const bool vendor_first = request.headers.has("anthropic-version");
  if (!token.empty() && !vendor_first) return std::string(token);
  for (const std::string_view name : {"x-api-key", "x-goog-api-key", "api-key"}) {
    const auto key = base::trim(request.headers.get(name));
    if (!key.empty()) return std::string(key);
  }
  if (!token.empty()) return std::string(token);
  return base::percent_decode(query_value(request.query, "key"));  // Gemini's
}

}  // namespace

base::Context make_context(http::Exchange& exchange, LoopServices& services) {
  base::Context ctx{services.loop, exchange.cancellation()};
  const auto& headers = exchange.request().headers;
  base::Random& random = services.loop.random();
  if (auto trace = base::parse_traceparent(headers.get("traceparent"))) {
    ctx.trace = *trace;
    const auto state = headers.get("tracestate");
    if (state.size() <= kStateBytesMax) ctx.trace.state = std::string(state);
  } else {
    ctx.trace.trace = base::TraceId::random(random);
  }
  ctx.trace.span = base::SpanId::random(random);
  ctx.request_id = name_from(headers.get("x-request-id"), services.redactor);
  if (ctx.request_id.empty()) ctx.request_id = "req_" + base::TraceId::random(random).hex();
  return ctx;
}

Result<void> identify(base::Context& ctx, http::Exchange& exchange, LoopServices& services,
                      std::shared_ptr<const base::Principal>& principal) {
  const auto& headers = exchange.request().headers;
  auto found = services.authenticator.authenticate(credential(exchange.request()));
  if (!found) return found.error();
  principal = std::move(*found);
  ctx.principal = principal.get();
  const auto name_in = [&](const std::string& header) {
    return name_from(headers.get(header), services.redactor);
  };
  ctx.user = !principal->user.empty() ? principal->user : name_in(services.identity.user);
  ctx.session = name_in(services.identity.session);
  ctx.workflow = name_in(services.identity.workflow);
  return {};
}

}  // namespace headgate::server
