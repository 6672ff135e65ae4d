#include "server/api/stored_responses.h"

#include <optional>

#include "base/text/strings.h"
#include "gateway/responses/stored_read.h"
#include "llm/responses/stored.h"
#include "server/api/identity.h"
#include "server/api/model_calls.h"
#include "server/api/query.h"

namespace headgate::server {

using base::Async;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using llm::responses::ListQuery;

namespace {

constexpr std::uint64_t kLimitMax = 100;

base::Error bad_parameter(std::string_view name, std::string_view must) {
  return fail(Errc::invalid_request,
              "Invalid '" + std::string(name) + "': " + std::string(must) + ".", std::string(name));
}

// Views point into `after`.
Result<ListQuery> read_query(std::string_view query, std::string& after) {
  ListQuery out;
  const std::string_view order = query_value(query, "order");
  if (!order.empty() && order != "asc" && order != "desc") {
    return bad_parameter("order", "supported values are 'asc' and 'desc'");
  }
  out.ascending = order == "asc";
  if (const std::string_view text = query_value(query, "limit"); !text.empty()) {
    const auto limit = base::parse_u64(text);
    if (!limit || *limit < 1 || *limit > kLimitMax) {
      return bad_parameter("limit", "it must be an integer from 1 to 100");
    }
    out.limit = static_cast<std::size_t>(*limit);
  }
  after = base::percent_decode(query_value(query, "after"));
  out.after = after;
  return out;
}

Task<std::string> answer(base::Context& ctx, const http::RequestHead& request,
                         storage::ResponseStore& store, const Endpoint& endpoint) {
  if (endpoint.kind == EndpointKind::response_inputs) {
    std::string after;
    const auto query = read_query(request.query, after);
    if (!query) co_return query.error();
    auto listed = co_await gateway::read_input_items(ctx, store, endpoint.name, *query);
    co_return listed;
  }
  if (request.method == http::Method::del) {
    auto deleted = co_await gateway::delete_response(ctx, store, endpoint.name);
    co_return deleted;
  }
  if (query_value(request.query, "stream") == "true") {
    co_return fail(Errc::invalid_request,
                   "This response cannot be streamed because it was not created with "
                   "background=true.",
                   "stream");
  }
  auto read = co_await gateway::read_response(ctx, store, endpoint.name);
  co_return read;
}

}  // namespace

Async<void> stored_response(http::Exchange& exchange, LoopServices& services,
                            const Endpoint& endpoint) {
  base::Context ctx = make_context(exchange, services);
  std::shared_ptr<const base::Principal> principal;
  const bool admitted = co_await admit(ctx, exchange, services, endpoint.dialect, principal);
  if (!admitted) co_return;
  auto body = co_await answer(ctx, exchange.request(), services.responses, endpoint);
  if (!body) {
    co_await reply_error(exchange, ctx, endpoint.dialect, body.error());
    co_return;
  }
  co_await reply_json(exchange, ctx, *body);
}

}  // namespace headgate::server
