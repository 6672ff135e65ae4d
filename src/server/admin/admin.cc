#include "server/admin/admin.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/text/strings.h"
#include "server/admin/admin_call.h"
#include "server/admin/breakers.h"
#include "server/admin/limits.h"
#include "server/api/identity.h"
#include "server/api/model_calls.h"

namespace headgate::server {

using base::Async;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr auto kDialect = llm::chat::Dialect::openai_chat;
constexpr std::size_t kBodyBytesMax = 64 * 1024;
constexpr std::string_view kScope = "admin";

// Anonymous callers are nobody here: what they change could not be told from what others do.
Result<void> may_administer(const base::Principal& who) {
  if (who.key_id.empty()) {
    return fail(Errc::unauthenticated,
                "The admin API needs an API key with the scope `admin`, also where auth.required "
                "is false. Send it as `Authorization: Bearer YOUR_KEY`.");
  }
  if (std::find(who.scopes.begin(), who.scopes.end(), kScope) != who.scopes.end()) return {};
  return fail(Errc::permission_denied,
              "This API key does not have the scope `admin`. Make one that has with `headgate key "
              "create --scope admin`, or add it to auth.keys.");
}

// `allow` as in the header of that name: "GET, HEAD".
bool allows(std::string_view allow, std::string_view method) {
  while (!allow.empty()) {
    const std::string_view one = allow.substr(0, allow.find(','));
    if (base::trim(one) == method) return true;
    allow.remove_prefix(std::min(one.size() + 1, allow.size()));
  }
  return false;
}

Task<std::string> answer(AdminCall& call) {
  const base::MonoTime now = call.ctx.loop.now();
  switch (call.path.resource) {
    case AdminResource::breakers:
      co_return breakers_json(call.tools.health, now, call.ctx.loop.clock().unix_us());
    case AdminResource::limits: co_return limits_json(call.tools.health);
    case AdminResource::breaker: {
      auto changed = co_await change_breaker(call);
      co_return changed;
    }
    case AdminResource::chaos:
    case AdminResource::chaos_rule: {
      auto answered = co_await answer_chaos(call);
      co_return answered;
    }
    case AdminResource::unknown: break;
  }
  co_return fail(Errc::not_found, "The admin API has no such path.");
}

Result<void> may_ask(const AdminPath& path, const http::RequestHead& request) {
  if (path.resource == AdminResource::unknown) {
    return fail(Errc::not_found, "Unknown request URL: " + std::string(request.method_text) + " " +
                                     std::string(request.path) + ".");
  }
  if (allows(path.allow, request.method_text)) return {};
  return fail(Errc::method_not_allowed, "Not allowed: " + std::string(request.method_text) + " " +
                                            std::string(request.path) +
                                            ". Allowed: " + std::string(path.allow));
}

}  // namespace

Async<void> admin(http::Exchange& exchange, LoopServices& services, AdminTools& tools) {
  base::Context ctx = make_context(exchange, services);
  std::shared_ptr<const base::Principal> principal;
  const bool admitted = co_await admit(ctx, exchange, services, kDialect, principal);
  if (!admitted) co_return;
  const AdminPath path = admin_path(exchange.request().path);
  auto allowed = may_administer(*principal);
  const bool known = allowed.has_value();
  if (known) allowed = may_ask(path, exchange.request());
  if (!allowed) {
    co_await reply_error(exchange, ctx, kDialect, allowed.error(), known ? path.allow : "");
    co_return;
  }
  const auto body = co_await exchange.read_body(kBodyBytesMax);
  if (!body) {
    co_await reply_error(exchange, ctx, kDialect, body.error());
    co_return;
  }
  const std::shared_ptr<const gateway::Catalog> catalog = services.pipeline.catalog();
  AdminCall call{ctx, tools, *catalog, path, exchange.request().method, *body};
  auto answered = co_await answer(call);
  if (!answered) {
    co_await reply_error(exchange, ctx, kDialect, answered.error());
    co_return;
  }
  co_await reply_json(exchange, ctx, *answered);
}

}  // namespace headgate::server
