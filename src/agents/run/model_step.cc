// One call of the acting agent's model: what is asked, and what its answer is to the run.
#include <utility>

#include "agents/model_calls/model_call.h"
#include "agents/run/conversation.h"
#include "agents/run/run.h"
#include "agents/run/trace.h"
#include "base/async/loop.h"

namespace headgate::agents {

using base::Result;
using base::Task;

namespace {

/// Whoever follows the run sees the text.
class ShownText final : public TextSink {
 public:
  explicit ShownText(const Run& run) : board_(run.tools().board), id_(run.state().id) {
    board_.text_begins(id_, run.state().seq, run.state().steps);
  }
  void text(std::string_view piece) override { board_.text_written(id_, piece); }
  void withdrawn() override { board_.text_withdrawn(id_); }

 private:
  Board& board_;
  const std::string& id_;
};

// An answer that may be rejected for its form is not shown before.
bool streams(const Run& run, const base::Context& ctx) {
  const AgentConfig& config = run.agent().config;
  const bool wanted = config.stream && config.output_schema.empty();
  return wanted && may_stream(ctx, run.tools().pipeline, config.model);
}

Task<ModelOutcome> ask(Run& run, const base::SpanId& span) {
  base::Context ctx = run.context(span, true);
  const bool stream = streams(run, ctx);
  const std::string body = request_body(run.state(), run.agent(), run.pinned(), stream);
  ShownText shown(run);
  auto answer = co_await call_model(ctx, run.tools().pipeline, body, &shown);
  if (!answer) co_return answer.error();
  auto outcome = read_outcome(answer->answer, run.state().steps, run.agent());
  if (outcome) outcome->cost = answer->cost;
  co_return outcome;
}

}  // namespace

Task<void> ask_model(Run& run) {
  const std::int64_t step = run.state().steps + 1;
  const base::SpanId span = run.new_span();
  const PinnedAgent& agent = run.agent();
  auto begun = co_await run.write(model_begun(step, agent.name, agent.config.model, span));
  if (!begun) co_return begun;
  auto outcome = co_await ask(run, span);
  const bool left = run.is_interrupted() || run.is_out_of_time();
  if (!outcome && left) co_return Result<void>{};  // run.cc says what follows
  Entry entry;
  if (outcome) {
    entry = model_finished(step, *outcome);
  } else {
    const base::Error& error = outcome.error();
    record_end(run, error.detail);
    entry = run_failed(base::row(error.code).name, error.detail);
  }
  auto written = co_await run.write(std::move(entry));
  co_return written;
}

}  // namespace headgate::agents
