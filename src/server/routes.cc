#include "server/routes.h"

#include "server/identity.h"
#include "server/openai.h"

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

Async<void> refuse(http::Exchange& exchange, LoopServices& services, Errc code,
                   std::string_view allow) {
  const base::Context ctx = make_context(exchange, services);
  const auto& request = exchange.request();
  const std::string what = std::string(request.method_text) + " " + std::string(request.path);
  const Error error = code == Errc::not_found
                          ? fail(code, "Unknown request URL: " + what + ".")
                          : fail(code, "Not allowed: " + what + ". Allowed: " + std::string(allow));
  co_await reply_error(exchange, ctx, error, allow);
}

}  // namespace

Async<void> route(http::Exchange& exchange, LoopServices& services, telemetry::Metrics& metrics,
                  const ProbeState& probes) {
  const auto& request = exchange.request();
  const bool reads = request.method == Method::get || request.method == Method::head;
  const std::string_view path = request.path;
  const bool is_models = path == "/v1/models" || path.starts_with("/v1/models/");

  if (path == "/v1/chat/completions" && request.method == Method::post) {
    co_await chat_completions(exchange, services);
  } else if (is_models && reads) {
    co_await models(exchange, services);
  } else if (path == "/healthz" && reads) {
    co_await reply_json(exchange, 200, R"({"status":"ok"})");
  } else if (path == "/readyz" && reads) {
    co_await ready(exchange, probes);
  } else if (path == "/metrics" && reads) {
    const std::string text = metrics.text();
    co_await reply_text(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", text);
  } else if (path == "/v1/chat/completions") {
    co_await refuse(exchange, services, Errc::method_not_allowed, "POST");
  } else if (is_models || path == "/healthz" || path == "/readyz" || path == "/metrics") {
    co_await refuse(exchange, services, Errc::method_not_allowed, "GET, HEAD");
  } else {
    constexpr std::string_view kNone;
    co_await refuse(exchange, services, Errc::not_found, kNone);
  }
}

}  // namespace headgate::server
