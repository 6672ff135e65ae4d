// What a run is told of the session that it goes on with. Before it is in the journal: a program
// that ends here has begun nothing.
#include "agents/memory/memory.h"
#include "agents/model_calls/model_call.h"
#include "agents/run/conversation.h"
#include "agents/run/runner.h"
#include "base/async/handoff.h"
#include "base/async/loop.h"

namespace headgate::agents {

using base::Async;
using base::Task;

namespace {

Task<ModelOutcome> sum_up(base::Context& ctx, gateway::Pipeline& pipeline, const PinnedAgent& agent,
                          const std::vector<std::string>& over) {
  base::Context inner = ctx;
  inner.trace.parent = ctx.trace.span;
  inner.trace.span = base::SpanId::random(ctx.loop.random());
  const std::string body = summary_request(*agent.config.memory, over);
  auto answer = co_await call_model(inner, pipeline, body);
  if (!answer) co_return answer.error();
  auto outcome = read_outcome(answer->answer, 0, agent);
  if (!outcome) co_return outcome.error();
  outcome->cost = answer->cost;
  co_return outcome;
}

}  // namespace

// A request that is sent again gets its run; nothing is summed up for it.
Task<bool> Runner::is_known(base::Context& ctx, const storage::RunRow& row) {
  if (row.idempotency_key.empty()) co_return false;
  base::Handoff<std::optional<storage::RunRow>> found(ctx.loop, ctx.cancellation);
  tools_.store.same_key(row, found.receiver());
  auto known = co_await found;
  if (!known) co_return known.error();
  co_return known->has_value();
}

Task<std::optional<Entry>> Runner::recall(base::Context& ctx, const storage::RunRow& row,
                                          const PinnedAgent& agent) {
  if (!agent.config.memory || row.session.empty()) co_return std::optional<Entry>();
  const auto known = co_await is_known(ctx, row);
  if (!known) co_return known.error();
  if (*known) co_return std::optional<Entry>();
  const storage::SessionKey key{row.owner, row.user, row.session};
  base::Handoff<std::optional<storage::StoredRun>> found(ctx.loop, ctx.cancellation);
  tools_.store.newest_of(key, agent.name, std::string(name(RunStatus::finished)), found.receiver());
  auto last = co_await found;
  if (!last) co_return last.error();
  if (!*last) co_return std::optional<Entry>();
  const RunState state = fold((*last)->row.id, (*last)->entries);
  Recalled out;
  out.from = state.id;
  Memory memory = remember(state, *agent.config.memory);
  out.left_out = memory.over.size();
  const bool sums = !memory.over.empty() && !agent.config.memory->summary_model.empty();
  if (sums) {
    auto summary = co_await sum_up(ctx, tools_.pipeline, agent, memory.over);
    if (summary) {
      out.messages = summary_messages(summary->text);
      out.summary = std::move(*summary);
    } else {
      out.error = summary.error().detail;
    }
  }
  out.messages.insert(out.messages.end(), memory.kept.begin(), memory.kept.end());
  co_return std::optional(memory_recalled(out));
}

}  // namespace headgate::agents
