#include "agents/http_tools/request.h"

#include <set>

#include "agents/http_tools/template_values.h"
#include "base/text/strings.h"
#include "base/trace_context.h"

namespace headgate::agents {

using base::Result;

namespace {

http::Method method_of(ToolMethod method) {
  switch (method) {
    case ToolMethod::get: return http::Method::get;
    case ToolMethod::put: return http::Method::put;
    case ToolMethod::patch: return http::Method::patch;
    case ToolMethod::del: return http::Method::del;
    case ToolMethod::post: break;
  }
  return http::Method::post;
}

void add(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

// What services downstream may put into their own spans.
std::string baggage_of(const base::Context& ctx, std::string_view run_id) {
  std::string out = "headgate.run.id=" + base::percent_encode(run_id);
  if (!ctx.session.empty()) out += ",session.id=" + base::percent_encode(ctx.session);
  return out;
}

Result<std::string> headers_of(const base::Context& ctx, const RunCall& call,
                               const Template::Lookup& lookup, bool has_body) {
  const HttpToolConfig& http = *call.tool.config.http;
  std::string out;
  add(out, "accept", "application/json");
  if (has_body) add(out, "content-type", "application/json");
  add(out, "traceparent", base::format_traceparent(ctx.trace, ctx.trace.span));
  if (!ctx.trace.state.empty()) add(out, "tracestate", ctx.trace.state);
  add(out, "baggage", baggage_of(ctx, call.run_id));
  if (call.tool.config.effect == Effect::idempotent) add(out, http.idempotency_header, call.key);
  const auto filled = call.tool.templates->headers(lookup);
  if (!filled) return filled.error();
  for (const auto& [name, value] : *filled) add(out, name, value);
  for (const auto& [name, secret] : http.headers) {
    auto value = secret.resolve();
    if (!value) return value.error();
    add(out, name, *value);
  }
  return out;
}

}  // namespace

Result<ToolRequest> make_request(const base::Context& ctx, const RunCall& call) {
  const HttpToolConfig& http = *call.tool.config.http;
  const ToolTemplates& templates = *call.tool.templates;
  TemplateValues values(ctx, call.arguments, call.run_id);
  const Template::Lookup lookup = [&](std::string_view name) { return values.find(name); };
  ToolRequest out;
  out.method = method_of(http.method);
  auto target = templates.target(lookup);
  if (!target) return target.error();
  out.target = std::move(*target);
  const bool takes_body = http.method != ToolMethod::get && http.method != ToolMethod::del;
  if (templates.has_body()) {
    out.body = templates.body(lookup);
  } else if (takes_body) {
    std::set<std::string> named;
    for (const auto& use : templates.uses()) named.insert(use.name);
    out.body = values.others(named);
  }
  auto headers = headers_of(ctx, call, lookup, !out.body.empty());
  if (!headers) return headers.error();
  out.headers = std::move(*headers);
  return out;
}

}  // namespace headgate::agents
