// Whose runs a caller sees: its own, by tenant and user; an operator's all of its tenant; an
// administrator's all. What it may not see is not there.
#include <algorithm>

#include "base/async/handoff.h"
#include "base/owner.h"
#include "server/agents/agent_call.h"

namespace headgate::server {

using base::Errc;
using base::fail;
using base::Task;

namespace {

bool has_scope(const base::Principal& principal, std::string_view scope) {
  const auto& scopes = principal.scopes;
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

}  // namespace

bool may_see(const base::Context& ctx, const storage::RunRow& row) {
  const base::Principal& who = *ctx.principal;
  if (has_scope(who, "admin")) return true;
  if (row.owner != base::owner_of(who)) return false;
  return row.user == ctx.user || is_operator(who);
}

bool is_operator(const base::Principal& principal) {
  return has_scope(principal, "operator") || has_scope(principal, "admin");
}

base::Result<void> must_be_operator(const base::Principal& principal) {
  if (is_operator(principal)) return {};
  return fail(Errc::permission_denied,
              "This needs an API key with the scope `operator`. Make one with `headgate key create "
              "--scope operator`.");
}

Task<storage::RunRow> visible_run(AgentCall& call) {
  base::Handoff<storage::RunRow> found(call.ctx.loop, call.ctx.cancellation);
  call.runner.store().row(call.path.name, found.receiver());
  auto row = co_await found;
  const bool there = row && may_see(call.ctx, *row);
  if (there) co_return *row;
  if (!row && row.error().code != Errc::not_found) co_return row.error();
  co_return fail(Errc::not_found, "There is no run `" + call.path.name + "`.", "id");
}

}  // namespace headgate::server
