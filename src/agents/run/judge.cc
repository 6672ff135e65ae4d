#include "agents/run/judge.h"

#include <algorithm>

#include "agents/approvals/approvers.h"
#include "agents/policy/denials.h"
#include "agents/reach/facts.h"
#include "agents/run/trace.h"
#include "base/async/loop.h"

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
  if (wrong.empty()) return wrong;
  // What is wrong may be said with a value that the model must not see.
  if (call.by_reference) return "The arguments do not fit: no text is taken by reference there.";
  return "The arguments do not fit: " + wrong;
}

void refuse(const Run& run, const CallState& call, const Verdict& verdict, Entries& out) {
  record_refusal(run, call, verdict.policy, verdict.reason, verdict.detail);
  const RunOrigin& origin = run.state().origin;
  const Denial denial{{origin.principal.key_id, origin.user, origin.principal.tenant},
                      run.state().id + "/" + call.id,
                      call.tool,
                      run.state().acting};
  run.tools().denials.note(run.tools().audit, denial, verdict);
  out.push_back(tool_decided(call, "deny", verdict.policy, verdict.reason));
  const std::string told = "This call is not allowed: " + verdict.reason + ".";
  out.push_back(tool_refused(call, told));
}

Taints taints_of(const Run& run, const CallState& call) {
  const std::string& schema = run.pinned().tool(call.tool)->tool->info().input_schema;
  const TaintAsk ask{run.state().provenance, run.agent().prompt, schema, call.arguments,
                     call.by_reference};
  return taints_of(ask);
}

Async<Verdict> ask_policy(Run& run, const CallState& call, FactSource& facts,
                          const Taints& taints) {
  base::Context ctx = run.context(run.state().acting_span, true);
  const base::Principal raised = run.principal_for(call);
  ctx.principal = &raised;
  const RunState& state = run.state();
  const PinnedTool& tool = *run.pinned().tool(call.tool);
  const std::vector<std::string> labels = context_labels(state.provenance);
  const CallQuestion question{state.id, state.acting, tool,       call.arguments,
                              labels,   taints,       state.cost, run.pinned().approvals(),
                              &facts};
  auto verdict = co_await run.tools().policy.decide(ctx, question);
  co_return verdict;
}

ApprovalAsk ask_people(const Run& run, const CallState& call, const Verdict& verdict) {
  const ApprovalPolicyConfig& policy = run.pinned().approval(verdict.policy);
  const std::int64_t now_us = run.tools().loop.clock().unix_us();
  ApprovalAsk out;
  out.digest = approval_digest(run.state().id, call);
  out.policy = verdict.policy;
  out.reason = verdict.reason;
  out.needed = policy.approvers.count;
  if (policy.timeout_s) out.due_us = now_us + *policy.timeout_s * 1'000'000;
  out.grants = policy.grants;
  // What another policy's people have given it stays.
  if (!call.approving_policies.empty()) {
    out.grants.insert(out.grants.end(), call.grants.begin(), call.grants.end());
  }
  return out;
}

// By the people of this policy, of just this call.
bool has_approved(const Run& run, const CallState& call, const std::string& policy) {
  const auto& by = call.approving_policies;
  return call.approved && call.digest == approval_digest(run.state().id, call) &&
         std::find(by.begin(), by.end(), policy) != by.end();
}

Async<void> judge(Run& run, const CallState& judged, FactSource& facts, Entries& out) {
  CallState call = judged;
  const std::string wrong = wrong_with(run, call);
  if (!wrong.empty()) {
    record_refusal(run, call, "schema", wrong);
    out.push_back(tool_refused(call, wrong));
    co_return;
  }
  const Taints taints = taints_of(run, call);
  const Verdict verdict = co_await ask_policy(run, call, facts, taints);
  if (!taints.empty()) call.taint = to_json(taints);
  if (verdict.kind == Verdict::Kind::deny) {
    refuse(run, call, verdict, out);
  } else if (verdict.kind == Verdict::Kind::allow) {
    if (call.stage == CallStage::allowed) co_return;  // as before
    out.push_back(tool_decided(call, "allow", verdict.policy, verdict.reason));
  } else if (!has_approved(run, call, verdict.policy)) {
    out.push_back(approval_requested(call, ask_people(run, call, verdict)));
  }
}

}  // namespace

Async<Entries> judge_calls(Run& run) {
  Entries out;
  const auto find = [&run](std::string_view tool) { return run.pinned().tool(tool); };
  const auto tell = [&run](const FactFetched& fact) { record_fact(run, fact); };
  ReachedFacts facts(run.reach(), run.state().id, find, tell);
  for (const CallState& call : run.state().calls) {
    const bool proposed = call.stage == CallStage::proposed && call.transfer_to.empty();
    // Again what may begin: others of its answer were made meanwhile, people have thought about it,
    // rights were taken away.
    if (proposed || call.stage == CallStage::allowed) co_await judge(run, call, facts, out);
  }
  co_return out;
}

}  // namespace headgate::agents
