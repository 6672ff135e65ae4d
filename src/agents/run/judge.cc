#include "agents/run/judge.h"

#include <algorithm>

#include "agents/run/trace.h"
#include "agents/tools/digest.h"
#include "base/json/cursor.h"

namespace headgate::agents {

using base::Async;

namespace {

bool is_of_agent(const Run& run, const std::string& tool) {
  const auto& tools = run.agent().config.tools;
  return std::find(tools.begin(), tools.end(), tool) != tools.end();
}

// What is wrong with the call whatever the policy says; empty: nothing.
std::string wrong_with(const Run& run, const CallState& call) {
  if (!is_of_agent(run, call.tool)) {
    return "There is no tool " + call.tool + ". Call one of those that you were given.";
  }
  const std::string wrong = run.pinned().tool(call.tool)->tool->check_arguments(call.arguments);
  return wrong.empty() ? wrong : "The arguments do not fit: " + wrong;
}

void refuse(const Run& run, const CallState& call, std::string_view policy, std::string_view reason,
            Entries& out) {
  record_refusal(run, call, policy, reason);
  out.push_back(tool_decided(call, "deny", policy, reason));
  const std::string told = "This call is not allowed: " + std::string(reason) + ".";
  out.push_back(tool_finished(call, "refused", told, true, 0));
}

Async<Verdict> ask_policy(Run& run, const CallState& call) {
  base::Context ctx = run.context(run.state().acting_span, true);
  const std::vector<std::string> no_labels;
  const CallQuestion question{run.state().id, run.state().acting, *run.pinned().tool(call.tool),
                              call.arguments, no_labels};
  auto verdict = co_await run.tools().policy.decide(ctx, question);
  co_return verdict;
}

Async<void> judge(Run& run, const CallState& call, Entries& out) {
  const bool approved = call.stage == CallStage::allowed;
  const std::string wrong = wrong_with(run, call);
  if (!wrong.empty()) {
    record_refusal(run, call, "schema", wrong);
    out.push_back(tool_finished(call, "refused", wrong, true, 0));
    co_return;
  }
  const Verdict verdict = co_await ask_policy(run, call);
  if (verdict.kind == Verdict::Kind::deny) {
    refuse(run, call, verdict.policy, verdict.reason, out);
  } else if (approved) {
    co_return;  // a person has said so
  } else if (verdict.kind == Verdict::Kind::allow) {
    out.push_back(tool_decided(call, "allow", verdict.policy, verdict.reason));
  } else {
    const std::string bound = call_digest(run.state(), call);
    out.push_back(approval_requested(call, bound, verdict.policy, verdict.reason));
  }
}

}  // namespace

std::string call_digest(const RunState& state, const CallState& call) {
  return "sha256:" +
         base::hex(digest({state.id, call.id, call.tool, canonical_json(call.arguments)}));
}

Async<Entries> judge_calls(Run& run) {
  Entries out;
  for (const CallState& call : run.state().calls) {
    const bool proposed = call.stage == CallStage::proposed && call.transfer_to.empty();
    const bool was_approved = call.stage == CallStage::allowed && call.approved;
    if (proposed || was_approved) co_await judge(run, call, out);
  }
  co_return out;
}

}  // namespace headgate::agents
