#include "server/api/model_calls.h"

#include <algorithm>
#include <vector>

#include "agents/run/runner.h"
#include "gateway/upstream/headers.h"
#include "llm/codecs.h"
#include "server/agent_models/agent_ask.h"
#include "server/agent_models/agent_models.h"
#include "server/api/http_sink.h"
#include "server/api/identity.h"
#include "server/api/model_list.h"

namespace headgate::server {

using base::Async;
using base::Errc;
using base::Error;
using base::fail;

namespace {

http::ReplyHead error_head(const base::Context& ctx, llm::chat::Dialect dialect,
                           const Error& error) {
  const int status = llm::codec(dialect).error_status(error.code);
  http::ReplyHead head(status);
  head.add("content-type", "application/json");
  gateway::add_ids(ctx, head);
  // Official clients repeat on 408, 409, 429 and 5xx unless told not to.
  const bool helps = base::row(error.code).retryable && !ctx.retried;
  if (status >= 408 && !helps) head.add("x-should-retry", "false");
  if (status == 401) head.add("www-authenticate", "Bearer");
  if (status == 429 || status == 503 || status == 529) {
    gateway::add_retry_after(ctx.retry_after.value_or(base::seconds(1)), head);
  }
  return head;
}

}  // namespace

Async<void> reply_error(http::Exchange& exchange, const base::Context& ctx,
                        llm::chat::Dialect dialect, const Error& error, std::string_view allow) {
  http::ReplyHead head = error_head(ctx, dialect, error);
  if (!allow.empty()) head.add("allow", allow);
  const std::string body = llm::codec(dialect).error_body(error, ctx.request_id);
  auto sent = co_await exchange.reply(head, body);
}

Async<void> reply_run_error(http::Exchange& exchange, const base::Context& ctx,
                            llm::chat::Dialect dialect, const Error& error,
                            const std::string& run_id) {
  http::ReplyHead head = error_head(ctx, dialect, error);
  head.add("x-headgate-run-id", run_id);
  const std::string body = llm::codec(dialect).error_body(error, ctx.request_id);
  auto sent = co_await exchange.reply(head, body);
}

Async<void> reply_json(http::Exchange& exchange, const base::Context& ctx, std::string_view body) {
  http::ReplyHead head(200);
  head.add("content-type", "application/json");
  gateway::add_ids(ctx, head);
  auto sent = co_await exchange.reply(head, body);
}

Async<bool> admit(base::Context& ctx, http::Exchange& exchange, LoopServices& services,
                  llm::chat::Dialect dialect, std::shared_ptr<const base::Principal>& principal) {
  const auto known = identify(ctx, exchange, services, principal);
  if (!known) co_await reply_error(exchange, ctx, dialect, known.error());
  co_return known.has_value();
}

Async<void> model_call(http::Exchange& exchange, LoopServices& services, const Endpoint& endpoint) {
  base::Context ctx = make_context(exchange, services);
  std::shared_ptr<const base::Principal> principal;
  const bool admitted = co_await admit(ctx, exchange, services, endpoint.dialect, principal);
  if (!admitted) co_return;
  auto body = co_await exchange.read_body(services.pipeline.catalog()->body_bytes_max);
  if (!body) {
    co_await reply_error(exchange, ctx, endpoint.dialect, body.error());
    co_return;
  }
  if (services.runner != nullptr && asks_for_agent(endpoint, *body)) {
    co_await agent_answer(exchange, ctx, services, endpoint, *body);
    co_return;
  }
  const gateway::Ask ask{endpoint.dialect, endpoint.operation, source_of(endpoint),
                         exchange.request().headers, *body};
  HttpSink sink(exchange);
  const std::string_view path = exchange.request().path;
  auto done = co_await services.once.run(ctx, principal, path, ask, sink);
  if (!done) co_await reply_error(exchange, ctx, endpoint.dialect, done.error());
}

namespace {

// As models, for those who can ask them as such.
std::vector<std::string> agent_models(const LoopServices& services) {
  std::vector<std::string> out;
  if (services.runner == nullptr) return out;
  const auto definitions = services.runner->definitions();
  for (const auto& [name, agent] : definitions->agents) {
    out.push_back(std::string(kAgentPrefix) + name);
  }
  return out;
}

}  // namespace

Async<void> models(http::Exchange& exchange, LoopServices& services, const Endpoint& endpoint) {
  base::Context ctx = make_context(exchange, services);
  std::shared_ptr<const base::Principal> principal;
  const bool admitted = co_await admit(ctx, exchange, services, endpoint.dialect, principal);
  if (!admitted) co_return;
  const std::shared_ptr<const gateway::Catalog> catalog = services.pipeline.catalog();
  const std::vector<std::string> agents = agent_models(services);
  const bool is_agent = std::find(agents.begin(), agents.end(), endpoint.name) != agents.end();
  std::string body;
  if (endpoint.kind == EndpointKind::model && is_agent) {
    body = agent_model_body(endpoint.name, catalog->created_s, endpoint.dialect);
  } else if (endpoint.kind == EndpointKind::model) {
    const gateway::Model* model = catalog->find(endpoint.name);
    if (model == nullptr || !gateway::may_use(*principal, endpoint.name)) {
      const Error error =
          fail(Errc::model_not_found, "The model '" + endpoint.name + "' does not exist", "model");
      co_await reply_error(exchange, ctx, endpoint.dialect, error);
      co_return;
    }
    body = model_body(*model, catalog->created_s, endpoint.dialect);
  } else {
    body = models_body(*catalog, *principal, endpoint.dialect, agents);
  }
  co_await reply_json(exchange, ctx, body);
}

}  // namespace headgate::server
