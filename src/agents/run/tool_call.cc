#include "agents/run/tool_call.h"

#include "agents/quarantine/told.h"
#include "agents/reach/nesting.h"
#include "agents/reach/reach.h"
#include "agents/run/trace.h"
#include "base/async/loop.h"

namespace headgate::agents {

using base::Async;

namespace {

Entries entries_of(const Run& run, const CallState& call, const PinnedTool& tool,
                   const CallOutcome& outcome, std::int64_t duration_us) {
  Entries out;
  const bool is_unknown = outcome.kind == CallOutcome::Kind::unknown;
  if (is_unknown && tool.config.effect != Effect::pure) {
    out.push_back(run_needs_attention(
        call, "it is not known whether this call has happened: " + outcome.why));
    return out;
  }
  const bool failed =
      is_unknown || outcome.kind == CallOutcome::Kind::not_happened || outcome.result.is_error;
  const std::string text = words_of(outcome);
  const bool quarantined = run.agent().config.quarantine.has_value();
  const ToolWords words = words_of_result({tool, call, text, failed}, quarantined);
  run.tools().values.note_dropped(tool.name, words.dropped.size());
  out.push_back(tool_finished(call, failed ? "error" : "ok", words, failed, duration_us));
  if (failed && tool.config.on_error == OnToolError::fail_run) {
    record_end(run, "failed");
    out.push_back(run_failed("tool_failed", tool.name + ": " + text));
  }
  return out;
}

}  // namespace

std::string idempotency_key(const RunState& state, const CallState& call) {
  return state.id + "-" + call.id;
}

Async<Entries> make_call(Run& run, const CallState& call) {
  const PinnedTool& tool = *run.pinned().tool(call.tool);
  const bool may_be_interrupted = tool.config.effect == Effect::pure;
  const base::SpanId span = base::SpanId::from_hex(call.span).value_or(base::SpanId{});
  base::Context ctx = run.context(span, may_be_interrupted);
  const base::MonoTime begun = ctx.loop.now();
  const base::Principal raised = run.principal_for(call);
  ctx.principal = &raised;
  const std::string key = idempotency_key(run.state(), call);
  const RunCall request{tool,      call.arguments,
                        key,       run.state().id,
                        call.said, nesting_of(run.state().origin.metadata) + 1};
  const Reach reach = run.reach();
  const CallOutcome outcome = co_await reach.call(ctx, request);
  const auto took = ctx.loop.now() - begun;
  const std::int64_t us = std::chrono::duration_cast<base::microseconds>(took).count();
  record_call(run, call, tool, outcome, us);
  const bool answered = outcome.kind == CallOutcome::Kind::answered;
  if (!answered && may_be_interrupted && run.is_interrupted()) co_return Entries{};
  co_return entries_of(run, call, tool, outcome, us);
}

}  // namespace headgate::agents
