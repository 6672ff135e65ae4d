#include "server/openai.h"

#include <vector>

#include "base/text/strings.h"
#include "gateway/headers.h"
#include "llm/openai/bodies.h"
#include "server/http_sink.h"
#include "server/identity.h"

namespace headgate::server {

using base::Async;
using base::Errc;
using base::Error;
using base::fail;

namespace {

constexpr std::string_view kModelsPath = "/v1/models/";

std::string models_of(const gateway::Catalog& catalog, const base::Principal& principal) {
  std::vector<llm::openai::ModelEntry> entries;
  for (const auto& [name, model] : catalog.models) {
    if (!gateway::may_use(principal, name)) continue;
    entries.push_back({name, model.provider->name, catalog.created_s});
  }
  return llm::openai::models_body(entries);
}

}  // namespace

Async<void> reply_error(http::Exchange& exchange, const base::Context& ctx, const Error& error,
                        std::string_view allow) {
  const auto& row = base::row(error.code);
  http::ReplyHead head(row.http_status);
  head.add("content-type", "application/json");
  gateway::add_ids(ctx, head);
  // Official clients repeat on 408, 409, 429 and 5xx unless told not to.
  if (row.http_status >= 408 && !row.retryable) head.add("x-should-retry", "false");
  if (!allow.empty()) head.add("allow", allow);
  if (row.http_status == 401) head.add("www-authenticate", "Bearer");
  if (row.http_status == 503) head.add("retry-after", "1");
  const std::string body = llm::openai::error_body(error);
  auto sent = co_await exchange.reply(head, body);
}

Async<void> chat_completions(http::Exchange& exchange, LoopServices& services) {
  base::Context ctx = make_context(exchange, services);
  std::shared_ptr<const base::Principal> principal;
  const auto known = identify(ctx, exchange, services, principal);
  if (!known) {
    co_await reply_error(exchange, ctx, known.error());
    co_return;
  }
  auto body = co_await exchange.read_body(services.pipeline.catalog()->body_bytes_max);
  if (!body) {
    co_await reply_error(exchange, ctx, body.error());
    co_return;
  }
  HttpSink sink(exchange);
  const std::string_view text = *body;
  auto done = co_await services.pipeline.run(ctx, exchange.request().headers, text, sink);
  if (!done) co_await reply_error(exchange, ctx, done.error());
}

Async<void> models(http::Exchange& exchange, LoopServices& services) {
  base::Context ctx = make_context(exchange, services);
  std::shared_ptr<const base::Principal> principal;
  const auto known = identify(ctx, exchange, services, principal);
  if (!known) {
    co_await reply_error(exchange, ctx, known.error());
    co_return;
  }
  const std::shared_ptr<const gateway::Catalog> catalog = services.pipeline.catalog();
  const std::string_view path = exchange.request().path;
  std::string body;
  if (path.starts_with(kModelsPath)) {
    const std::string name = base::percent_decode(path.substr(kModelsPath.size()));
    const gateway::Model* model = catalog->find(name);
    if (model == nullptr || !gateway::may_use(*principal, name)) {
      const Error error =
          fail(Errc::model_not_found, "The model '" + name + "' does not exist", "model");
      co_await reply_error(exchange, ctx, error);
      co_return;
    }
    body = llm::openai::model_body({model->name, model->provider->name, catalog->created_s});
  } else {
    body = models_of(*catalog, *principal);
  }
  http::ReplyHead head(200);
  head.add("content-type", "application/json");
  gateway::add_ids(ctx, head);
  auto sent = co_await exchange.reply(head, body);
}

}  // namespace headgate::server
