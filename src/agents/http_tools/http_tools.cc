#include "agents/http_tools/http_tools.h"

#include <algorithm>
#include <utility>

#include "agents/http_tools/answer.h"
#include "base/async/loop.h"
#include "http/tls.h"

namespace headgate::agents {

using base::Async;
using base::Errc;
using base::Result;

namespace {

CallOutcome not_happened(std::string why) {
  CallOutcome out;
  out.kind = CallOutcome::Kind::not_happened;
  out.why = std::move(why);
  return out;
}

CallOutcome broken(bool sent, const base::Error& error) {
  CallOutcome out = not_happened(error.detail);
  if (sent) out.kind = CallOutcome::Kind::unknown;
  return out;
}

bool may_repeat(const CallOutcome& outcome, Effect effect) {
  if (outcome.kind == CallOutcome::Kind::not_happened) return true;
  if (effect == Effect::at_most_once) return false;
  return outcome.kind == CallOutcome::Kind::unknown || is_passing_failure(outcome);
}

}  // namespace

Result<HttpTools::ClientPtr> HttpTools::client_of(const PinnedTool& tool) {
  const base::config::Url& origin = tool.templates->origin();
  const std::string ca_file = tool.config.http->ca_file.string();
  ClientPtr& client = clients_[origin.text() + " " + ca_file];
  if (client) return client;
  http::ClientOptions options;
  options.url = {origin.tls, origin.host, origin.port, {}, {}};
  if (origin.tls) {
    auto tls = http::make_client_tls(ca_file);
    if (!tls) return tls.error();
    options.tls = std::move(*tls);
  }
  if (const http::BaseUrl* proxy = proxies_.proxy_for(options.url)) options.proxy = *proxy;
  client = std::make_shared<http::Client>(loop_, std::move(options));
  return client;
}

Async<CallOutcome> HttpTools::call(base::Context& ctx, const RunCall& call) {
  const auto request = make_request(ctx, call);
  if (!request) co_return not_happened(request.error().detail);
  const auto client = client_of(call.tool);
  if (!client) co_return not_happened(client.error().detail);
  const ToolRetryConfig& retry = call.tool.config.retry;
  base::Duration pause = base::milliseconds(retry.pause_ms);
  bool was_unknown = false;
  for (int attempts = 1;; ++attempts) {
    CallOutcome outcome = co_await attempt(ctx, call, *request, *client);
    outcome.attempts = attempts;
    was_unknown = was_unknown || outcome.kind == CallOutcome::Kind::unknown;
    const bool again =
        attempts < retry.attempts_max && may_repeat(outcome, call.tool.config.effect);
    const base::MonoTime next = loop_.now() + pause;
    if (!again || next >= ctx.deadline || ctx.cancellation.cancelled()) {
      // What an earlier attempt may have done, a later one that did not get through has not undone.
      const bool hides = was_unknown && outcome.kind == CallOutcome::Kind::not_happened;
      if (hides) outcome.kind = CallOutcome::Kind::unknown;
      co_return outcome;
    }
    co_await base::sleep_until(loop_, next, ctx.cancellation);
    pause *= 2;
  }
}

Async<CallOutcome> HttpTools::attempt(base::Context& ctx, const RunCall& call,
                                      const ToolRequest& request, const ClientPtr& client) {
  const base::MonoTime deadline =
      std::min(ctx.deadline, loop_.now() + base::milliseconds(call.tool.config.timeout_ms));
  bool sent = false;
  http::ClientCall exchange(client, ctx.cancellation);
  exchange.tell_sent(sent);
  if (call.tool.config.effect == Effect::at_most_once) exchange.send_once();
  auto started = co_await exchange.start(request.method, request.target, request.headers,
                                         request.body, deadline, Errc::timeout_total);
  if (!started) co_return broken(sent, started.error());
  const int status = exchange.head().status;
  const std::string type(exchange.head().headers.get("content-type"));
  exchange.connection().bound_reads(call.tool.config.timeout_ms, deadline);
  const auto bytes_max = static_cast<std::size_t>(call.tool.config.result_bytes_max);
  auto body = co_await exchange.connection().read_all(bytes_max);
  if (!body) {
    const base::Error error = body.error();
    if (error.code == Errc::upstream_too_large) co_return too_large_answer(status, bytes_max);
    co_return broken(true, error);
  }
  co_return read_answer(call.tool, status, type, *body);
}

}  // namespace headgate::agents
