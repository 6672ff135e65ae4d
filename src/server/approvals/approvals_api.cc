#include "server/approvals/approvals_api.h"

#include <utility>

#include "agents/approvals/webhook_signature.h"
#include "base/json/writer.h"
#include "base/owner.h"
#include "base/text/strings.h"
#include "server/agents/run_json.h"
#include "server/api/query.h"
#include "server/approvals/approval_body.h"
#include "server/approvals/decide.h"

namespace headgate::server {

using agents::Decider;
using agents::WaitingCall;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

Decider decider_of(const base::Context& ctx) {
  Decider out;
  out.label = actor_of(ctx);
  out.key_id = ctx.principal->key_id;
  out.user = ctx.principal->user;
  out.tenant = ctx.principal->tenant;
  out.owner = base::owner_of(*ctx.principal);
  out.scopes = ctx.principal->scopes;
  return out;
}

Result<void> may_decide(const Decider& decider, const WaitingCall& waiting) {
  return agents::may_decide(decider, waiting.call, waiting.origin, waiting.owner, waiting.policy);
}

std::string waiting_json(const WaitingCall& waiting) {
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  writer.member("object", "approval");
  writer.member("run_id", waiting.run_id);
  writer.member("call_id", waiting.call.id);
  writer.member("agent", waiting.agent);
  if (!waiting.origin.user.empty()) writer.member("user", waiting.origin.user);
  writer.member("tool", waiting.call.tool);
  writer.member("arguments", waiting.call.arguments);
  write_approval(writer, waiting.call);
  writer.end_object();
  return out;
}

std::string decided_json(const std::string& run, const std::string& call,
                         const agents::ApprovalDecision& decision) {
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  writer.member("object", "approval.decision");
  writer.member("run_id", run);
  writer.member("call_id", call);
  writer.member("decision", name(decision.decision));
  writer.member("digest", decision.digest);
  writer.end_object();
  return out;
}

base::Error not_waiting(const std::string& call) {
  return fail(Errc::not_found, "The run has no call `" + call + "` that waits for approval.",
              "call_id");
}

}  // namespace

Task<AgentReply> list_approvals(AgentCall& call) {
  const std::string_view query = call.exchange.request().query;
  const std::string_view status = query_value(query, "status");
  if (!status.empty() && status != "pending") {
    co_return fail(Errc::invalid_request,
                   "`status` can be pending; what was decided stands in the events of its run.",
                   "status");
  }
  const Decider decider = decider_of(call.ctx);
  const auto waiting = call.runner.waiting().list(
      [&](const WaitingCall& one) { return may_decide(decider, one).has_value(); },
      static_cast<std::size_t>(list_limit(query)));
  AgentReply out;
  base::json::Writer writer(out.body);
  writer.begin_object();
  writer.member("object", "list");
  writer.array("data");
  for (const WaitingCall& one : waiting) writer.raw(waiting_json(one));
  writer.end_array();
  writer.end_object();
  co_return out;
}

Task<AgentReply> decide_call(AgentCall& call) {
  const Decider decider = decider_of(call.ctx);
  const auto waiting = call.runner.waiting().find(call.path.name, call.path.call);
  const auto may =
      waiting ? may_decide(decider, *waiting) : Result<void>(not_waiting(call.path.call));
  auto row = co_await visible_run(call);
  const bool sees = row.has_value();
  // Approvers need not see the run of the call; nobody else learns that there is one.
  if (!may) co_return sees ? may.error() : row.error();
  auto decision = read_decision(call.body);
  if (!decision) co_return decision.error();
  const base::Principal& who = *call.ctx.principal;
  const Making making{*waiting, decider, *decision, {who.key_id, call.ctx.user, who.tenant}};
  auto made = co_await make_decision(call.ctx, call.runner, making);
  if (!made) co_return made.error();
  if (!sees) co_return AgentReply{200, decided_json(waiting->run_id, waiting->call.id, *decision)};
  auto shown = co_await show_run(call, waiting->run_id);
  co_return shown;
}

namespace {

Result<void> verify(const AgentCall& call, const agents::ApprovalPolicyConfig* policy) {
  if (policy == nullptr || !policy->webhook) {
    return fail(Errc::not_found, "There is no webhook of a policy `" + call.path.name + "`.");
  }
  const auto secret = policy->webhook->secret.resolve();
  if (!secret) return secret.error();
  const http::Headers& headers = call.exchange.request().headers;
  const agents::WebhookHeaders signed_with{headers.get("webhook-id"),
                                           headers.get("webhook-timestamp"),
                                           headers.get("webhook-signature")};
  return agents::verify_webhook(*secret, signed_with, call.body,
                                call.ctx.loop.clock().unix_us() / 1'000'000);
}

Task<AgentReply> obey_webhook(AgentCall& call) {
  auto body = read_signed_decision(call.body);
  if (!body) co_return body.error();
  const auto waiting = call.runner.waiting().find(body->run_id, body->call_id);
  const bool is_of_policy = waiting && waiting->call.policy == call.path.name;
  if (!is_of_policy) co_return not_waiting(body->call_id);
  Decider decider;
  decider.label = body->by + " (webhook " + call.path.name + ")";
  decider.user = body->by;
  decider.owner = waiting->owner;
  decider.webhook = call.path.name;
  if (auto may = may_decide(decider, *waiting); !may) co_return may.error();
  const Making making{*waiting,
                      decider,
                      body->decision,
                      {"webhook " + call.path.name, body->by, waiting->origin.principal.tenant}};
  auto made = co_await make_decision(call.ctx, call.runner, making);
  if (!made) co_return made.error();
  co_return AgentReply{200, decided_json(body->run_id, body->call_id, body->decision)};
}

}  // namespace

Task<AgentReply> decide_by_webhook(AgentCall& call, agents::SeenWebhooks& seen) {
  const auto definitions = call.runner.definitions();
  if (auto fine = verify(call, definitions->approvals.find(call.path.name)); !fine) {
    co_return fine.error();
  }
  const std::string id(call.exchange.request().headers.get("webhook-id"));
  const std::int64_t now_s = call.ctx.loop.clock().unix_us() / 1'000'000;
  if (auto first = seen.claim(call.path.name, id, now_s); !first) co_return first.error();
  auto obeyed = co_await obey_webhook(call);
  if (!obeyed) seen.release(call.path.name, id);
  co_return obeyed;
}

}  // namespace headgate::server
