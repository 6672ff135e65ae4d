#include "server/approvals/decide.h"

#include <utility>

#include "base/async/handoff.h"
#include "base/json/writer.h"

namespace headgate::server {

using agents::Command;
using agents::WaitingCall;
using base::Errc;
using base::fail;
using base::Task;

namespace {

std::string audit_detail(const WaitingCall& waiting, const agents::ApprovalDecision& decision) {
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  writer.member("tool", waiting.call.tool);
  writer.member("policy", waiting.call.policy);
  writer.member("digest", decision.digest);
  if (decision.decision == agents::Decision::edit) {
    agents::CallState changed = waiting.call;
    changed.arguments = decision.arguments;
    writer.member("new_digest", agents::approval_digest(waiting.run_id, changed));
  }
  if (!decision.reason.empty()) writer.member("reason", decision.reason);
  writer.end_object();
  return out;
}

}  // namespace

Task<void> make_decision(base::Context& ctx, agents::Runner& runner, const Making& making) {
  if (making.decision.digest != making.waiting.call.digest) {
    co_return fail(Errc::conflict,
                   "The call is not the one that you saw: its digest is " +
                       making.waiting.call.digest + " now.",
                   "digest");
  }
  storage::AuditAction what;
  what.actor = making.actor;
  what.action = "approval." + std::string(name(making.decision.decision));
  what.subject = making.waiting.run_id + "/" + making.waiting.call.id;
  what.detail = audit_detail(making.waiting, making.decision);
  base::Cancellation never;
  base::Handoff<storage::AuditEntry> written(ctx.loop, never);
  runner.audit().record(std::move(what), written.receiver());
  auto entry = co_await written;
  if (!entry) {
    co_return fail(
        Errc::storage_failed,
        "nothing was done, because the audit trail could not be written: " + entry.error().detail);
  }
  Command command;
  command.kind = Command::Kind::decide;
  command.by = making.decider.label;
  command.call = making.waiting.call.id;
  command.decision = making.decision;
  command.decision.by = making.decider.label;
  command.decider = making.decider;
  auto obeyed = co_await runner.command(ctx, making.waiting.run_id, command);
  co_return obeyed;
}

}  // namespace headgate::server
