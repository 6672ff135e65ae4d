#include "server/api/routes.h"

#include "server/admin/admin_path.h"
#include "server/agents/agents_api.h"
#include "server/api/endpoint.h"
#include "server/api/identity.h"
#include "server/api/model_calls.h"
#include "server/api/otlp_traces.h"
#include "server/api/queued_calls.h"
#include "server/api/stored_responses.h"
#include "server/mcp/exchange.h"

namespace headgate::server {

using base::Async;
using base::Errc;
using base::Error;
using base::fail;
using http::Method;

namespace {

Async<void> reply_text(http::Exchange& exchange, int status, std::string_view type,
                       std::string_view body) {
  http::ReplyHead head(status);
  head.add("content-type", type);
  auto sent = co_await exchange.reply(head, body);
}

Async<void> reply_json(http::Exchange& exchange, int status, std::string_view body) {
  co_await reply_text(exchange, status, "application/json", body);
}

Async<void> ready(http::Exchange& exchange, const ProbeState& probes) {
  if (probes.draining) {
    co_await reply_json(exchange, 503, R"({"status":"draining"})");
  } else if (!probes.ready) {
    co_await reply_json(exchange, 503, R"({"status":"starting"})");
  } else {
    co_await reply_json(exchange, 200, R"({"status":"ready"})");
  }
}

Async<void> refuse(http::Exchange& exchange, LoopServices& services, const Endpoint& endpoint,
                   Errc code) {
  const base::Context ctx = make_context(exchange, services);
  const auto& request = exchange.request();
  const std::string what = std::string(request.method_text) + " " + std::string(request.path);
  const Error error =
      code == Errc::not_found
          ? fail(code, "Unknown request URL: " + what + ".")
          : fail(code, "Not allowed: " + what + ". Allowed: " + std::string(endpoint.allow));
  co_await reply_error(exchange, ctx, endpoint.dialect, error, endpoint.allow);
}

bool allows(const Endpoint& endpoint, Method method) {
  switch (endpoint.kind) {
    case EndpointKind::model_call:
    case EndpointKind::otlp_traces: return method == Method::post;
    case EndpointKind::mcp: return true;
    case EndpointKind::stored_response: return method == Method::get || method == Method::del;
    default: return method == Method::get || method == Method::head;
  }
}

std::string_view method_label(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::head: return "HEAD";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::del: return "DELETE";
    default: return "_OTHER";
  }
}

// Paths that exist only where the configuration wants them.
bool is_off(const Endpoint& endpoint, LoopServices& services) {
  switch (endpoint.kind) {
    case EndpointKind::mcp:
    case EndpointKind::mcp_metadata: return services.mcp == nullptr;
    case EndpointKind::otlp_traces: return !services.intake.rules.get()->config.enabled;
    case EndpointKind::queued_call: return services.tools.queued == nullptr;
    default: return false;
  }
}

Async<void> serve(http::Exchange& exchange, LoopServices& services, telemetry::Metrics& metrics,
                  const ProbeState& probes, const Endpoint& endpoint) {
  if (endpoint.kind == EndpointKind::unknown || is_off(endpoint, services)) {
    co_await refuse(exchange, services, endpoint, Errc::not_found);
    co_return;
  }
  if (!allows(endpoint, exchange.request().method)) {
    co_await refuse(exchange, services, endpoint, Errc::method_not_allowed);
    co_return;
  }
  switch (endpoint.kind) {
    case EndpointKind::model_call: co_await model_call(exchange, services, endpoint); break;
    case EndpointKind::models:
    case EndpointKind::model: co_await models(exchange, services, endpoint); break;
    case EndpointKind::stored_response:
    case EndpointKind::response_inputs:
      co_await stored_response(exchange, services, endpoint);
      break;
    case EndpointKind::queued_call: co_await queued_call(exchange, services, endpoint); break;
    case EndpointKind::otlp_traces: co_await otlp_traces(exchange, services); break;
    case EndpointKind::mcp: co_await mcp(exchange, services); break;
    case EndpointKind::mcp_metadata: {
      const std::string metadata = mcp_metadata(exchange.request().headers, *services.mcp);
      co_await reply_json(exchange, 200, metadata);
      break;
    }
    case EndpointKind::healthz: co_await reply_json(exchange, 200, R"({"status":"ok"})"); break;
    case EndpointKind::readyz: co_await ready(exchange, probes); break;
    case EndpointKind::metrics: {
      const auto format = telemetry::format_for(exchange.request().headers.get("accept"));
      const std::string text = metrics.text(services.loop.now(), format);
      co_await reply_text(exchange, 200, telemetry::content_type(format), text);
      break;
    }
    default: co_await refuse(exchange, services, endpoint, Errc::not_found);
  }
}

}  // namespace

Async<void> route(http::Exchange& exchange, LoopServices& services, telemetry::Metrics& metrics,
                  const ProbeState& probes, AdminTools* tools) {
  const base::MonoTime begun = services.loop.now();
  telemetry::HttpSample sample;
  sample.method = method_label(exchange.request().method);
  if (tools != nullptr && is_admin_path(exchange.request().path)) {
    sample.route = "/admin/v1";
    co_await admin(exchange, services, *tools);
  } else if (services.runner != nullptr && is_agent_path(exchange.request().path)) {
    const AgentPath path = agent_path(exchange.request().path);
    sample.route = route_of(path.resource);
    co_await agents_api(exchange, services, path);
  } else {
    const Endpoint endpoint = endpoint_of(exchange.request());
    sample.route = route_of(endpoint);
    co_await serve(exchange, services, metrics, probes, endpoint);
  }
  sample.status = exchange.status();
  const base::Duration took = services.loop.now() - begun;
  sample.duration_us = std::chrono::duration_cast<base::microseconds>(took).count();
  services.metrics.observe(sample);
}

}  // namespace headgate::server
