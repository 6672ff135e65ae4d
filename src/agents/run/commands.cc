// What commands from outside come to: the entries that obey them, or why they cannot be obeyed.
// Pure: the run writes them.
#include <algorithm>
#include <utility>

#include "agents/approvals/approvers.h"
#include "agents/quarantine/told.h"
#include "agents/run/run.h"
#include "agents/run/runner.h"
#include "base/async/loop.h"
#include "base/json/cursor.h"
#include "base/owner.h"

namespace headgate::agents {

using base::Errc;
using base::fail;
using base::Result;

namespace {

base::Error not_possible(const RunState& state, std::string_view what) {
  return fail(Errc::conflict,
              "The run is " + std::string(name(state.status)) + ": " + std::string(what) + ".");
}

Result<Entries> cancel(const RunState& state, const Command& command) {
  if (has_ended(state.status)) return not_possible(state, "it cannot be cancelled any more");
  std::vector<std::string> open;
  for (const CallState& call : state.calls) {
    const bool may_have = call.stage == CallStage::begun || call.stage == CallStage::unknown;
    if (may_have) open.push_back(call.id);
  }
  return Entries{run_cancelled(command.by, open)};
}

bool is_over(const CallState& call, std::int64_t now_us) {
  return call.due_us != 0 && call.due_us <= now_us;
}

std::int64_t now_us(const Run& run) { return run.tools().loop.clock().unix_us(); }

// What stands in the way of the decision, whatever it is.
Result<void> may_be_decided(const Run& run, const Command& command) {
  const CallState* call = run.state().call(command.call);
  if (call == nullptr) {
    return fail(Errc::not_found, "The run has no call `" + command.call + "` under way.",
                "call_id");
  }
  if (call->stage != CallStage::waiting) {
    return fail(Errc::conflict, "The call `" + command.call + "` does not wait for approval.",
                "call_id");
  }
  const RunOrigin& origin = run.state().origin;
  const ApprovalPolicyConfig& policy = run.pinned().approval(call->policy);
  const std::string owner = base::owner_of(origin.principal);
  if (auto may = may_decide(command.decider, *call, origin, owner, policy); !may) return may;
  if (command.decision.digest != call->digest) {
    return fail(Errc::conflict,
                "The call is not the one that you saw: its digest is " + call->digest + " now.",
                "digest");
  }
  if (is_over(*call, now_us(run))) {
    return fail(Errc::conflict, "The time to decide the call is over.", "call_id");
  }
  return {};
}

Result<Entries> decide(const Run& run, const Command& command) {
  if (auto may = may_be_decided(run, command); !may) return may.error();
  const CallState& call = *run.state().call(command.call);
  ApprovalDecision decision = command.decision;
  decision.person = person_of(command.decider, run.state().origin);
  const auto& people = call.people;
  const bool again = std::find(people.begin(), people.end(), decision.person) != people.end();
  if (decision.decision == Decision::approve && again) {
    return fail(Errc::conflict, "You have approved this call; another person has to.", "call_id");
  }
  if (decision.decision == Decision::edit) {
    const std::string wrong =
        run.pinned().tool(call.tool)->tool->check_arguments(decision.arguments);
    if (!wrong.empty()) {
      return fail(Errc::invalid_request, "The arguments do not fit: " + wrong, "arguments");
    }
  }
  return Entries{approval_decided(command.call, decision)};
}

// Calls whose time is over, at any moment: what is not over is left alone.
Entries expire(const Run& run) {
  Entries out;
  const std::int64_t now = now_us(run);
  for (const CallState& call : run.state().calls) {
    if (call.stage != CallStage::waiting || !is_over(call, now)) continue;
    const ApprovalPolicyConfig& policy = run.pinned().approval(call.policy);
    const bool escalates =
        policy.on_timeout == OnApprovalTimeout::escalate && policy.escalate_to && !call.escalated;
    if (escalates) {
      const EscalationConfig& to = *policy.escalate_to;
      out.push_back(
          approval_escalated(call.id, to.approvers.count, now + to.timeout_s * 1'000'000));
    } else {
      out.push_back(approval_expired(call.id));
    }
  }
  return out;
}

// Of a call whose outcome is not known, by somebody who has looked.
Result<Entries> resume_call(const Run& run, const Command& command) {
  const RunState& state = run.state();
  if (command.call.empty() && !command.outcome.empty()) {
    return fail(Errc::invalid_request, "Name the call that this is the outcome of.", "call_id");
  }
  const auto unknown =
      std::find_if(state.calls.begin(), state.calls.end(), [&](const CallState& call) {
        return call.stage == CallStage::unknown &&
               (command.call.empty() || call.id == command.call);
      });
  if (unknown == state.calls.end()) {
    return fail(Errc::conflict, "The run has no such call of unknown outcome.", "call_id");
  }
  const PinnedTool& tool = *run.pinned().tool(unknown->tool);
  const bool idempotent = tool.config.effect == Effect::idempotent;
  if (command.outcome.empty() && idempotent) {
    return Entries{run_resumed(command.by, unknown->id, "repeat")};
  }
  if (command.outcome == "did_not_happen") {
    return Entries{run_resumed(command.by, unknown->id, command.outcome)};
  }
  if (command.outcome == "happened") {
    const bool quarantined = run.agent().config.quarantine.has_value();
    const auto words = words_of_result({tool, *unknown, command.result}, quarantined);
    return Entries{run_resumed(command.by, unknown->id, command.outcome),
                   tool_finished(*unknown, "happened", words, false, 0)};
  }
  return fail(Errc::invalid_request,
              "Say what became of the call `" + unknown->id + "` (" + unknown->tool +
                  "): `outcome` is \"happened\", with a `result` for the model, or "
                  "\"did_not_happen\".",
              "outcome");
}

Result<Entries> resume(const Run& run, const Command& command) {
  const RunState& state = run.state();
  if (state.status == RunStatus::needs_attention) return resume_call(run, command);
  if (state.status == RunStatus::failed) return Entries{run_resumed(command.by, {}, {})};
  return not_possible(state, "only one that needs attention or has failed can be resumed");
}

}  // namespace

Result<Entries> entries_of(const Run& run, const Command& command) {
  switch (command.kind) {
    case Command::Kind::cancel: return cancel(run.state(), command);
    case Command::Kind::decide: return decide(run, command);
    case Command::Kind::expire: return expire(run);
    case Command::Kind::resume: break;
  }
  return resume(run, command);
}

}  // namespace headgate::agents
