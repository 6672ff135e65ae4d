#include "server/api/queued_calls.h"

#include "gateway/degraded/queued_read.h"
#include "server/api/identity.h"
#include "server/api/model_calls.h"

namespace headgate::server {

using base::Async;

Async<void> queued_call(http::Exchange& exchange, LoopServices& services,
                        const Endpoint& endpoint) {
  base::Context ctx = make_context(exchange, services);
  std::shared_ptr<const base::Principal> principal;
  const bool admitted = co_await admit(ctx, exchange, services, endpoint.dialect, principal);
  if (!admitted) co_return;
  auto sight = co_await gateway::read_queued(ctx, *services.tools.queued, endpoint.name);
  if (!sight) {
    co_await reply_error(exchange, ctx, endpoint.dialect, sight.error());
    co_return;
  }
  auto sent = co_await exchange.reply(sight->head, sight->body);
}

}  // namespace headgate::server
