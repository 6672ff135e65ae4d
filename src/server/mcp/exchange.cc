#include "server/mcp/exchange.h"

#include "agents/mcp_http/origin.h"
#include "agents/mcp_http/reply.h"
#include "server/api/identity.h"

namespace headgate::server {

using agents::mcp::RpcCode;
using agents::mcp::RpcError;
using base::Async;

namespace {

std::string resource_of(const http::Headers& headers, const McpService& service) {
  return agents::mcp::resource_url(service.config().public_url, headers, service.tls());
}

Async<void> refuse_origin(http::Exchange& exchange, const base::Context& ctx, McpService& service) {
  service.endpoint().count_refused_origin();
  const RpcError error{RpcCode::invalid_request,
                       "Origin not allowed: add it to mcp.server.allowed_origins",
                       {},
                       403};
  const std::string_view no_id;
  co_await agents::mcp::reply_error(exchange, ctx, no_id, error);
}

// Tells the client where it learns whom to ask for a credential.
Async<void> ask_credential(http::Exchange& exchange, const base::Context& ctx,
                           const McpService& service, const base::Error& why) {
  http::ReplyHead head = agents::mcp::reply_head(ctx, 401, "application/json");
  const std::string resource = resource_of(exchange.request().headers, service);
  head.add("www-authenticate",
           "Bearer resource_metadata=\"" + agents::mcp::metadata_url(resource) + "\"");
  const std::string body =
      agents::mcp::write_error({}, {RpcCode::invalid_request, why.detail, {}, 401});
  auto sent = co_await exchange.reply(head, body);
}

}  // namespace

std::string mcp_metadata(const http::Headers& headers, const McpService& service) {
  return agents::mcp::resource_metadata(resource_of(headers, service),
                                        service.config().authorization_servers);
}

Async<void> mcp(http::Exchange& exchange, LoopServices& services) {
  base::Context ctx = make_context(exchange, services);
  McpService& service = *services.mcp;
  const http::Headers& headers = exchange.request().headers;
  if (!agents::mcp::is_allowed_origin(headers, service.config().allowed_origins)) {
    co_await refuse_origin(exchange, ctx, service);
    co_return;
  }
  std::shared_ptr<const base::Principal> principal;
  const auto known = identify(ctx, exchange, services, principal);
  if (!known) {
    co_await ask_credential(exchange, ctx, service, known.error());
    co_return;
  }
  agents::mcp::LoopTools tools{services.tools.sink, services.metrics, services.redactor};
  co_await service.endpoint().serve(exchange, ctx, tools);
}

}  // namespace headgate::server
