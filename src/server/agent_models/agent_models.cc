#include "server/agent_models/agent_models.h"

#include <optional>
#include <utility>

#include "base/async/beside.h"
#include "server/agent_models/agent_answer.h"
#include "server/agents/new_run.h"
#include "server/agents/run_wait.h"
#include "server/api/model_calls.h"

namespace headgate::server {

namespace chat = llm::chat;
using agents::RunState;
using agents::RunStatus;
using base::Async;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

// What a client of a model can make nothing of is an error that names the run.
Result<void> must_have_answered(const std::string& id, const RunState& state) {
  if (state.status == RunStatus::finished) return {};
  const std::string what = "The run " + id + " is " + std::string(name(state.status));
  if (!has_ended(state.status)) {
    return fail(Errc::conflict, what + ": a person has to act; see GET /v1/runs/" + id + ".");
  }
  return fail(Errc::output_invalid, what + ": " + state.status_detail);
}

// Of other agents nobody knows before it is whole whether an answer of the model is the run's.
bool ends_with_first_answer(const agents::AgentConfig* agent) {
  return agent != nullptr && agent->tools.empty() && agent->handoffs.empty() &&
         agent->output_schema.empty();
}

Task<AskedAgent> begin(base::Context& ctx, LoopServices& services, const http::Headers& headers,
                       const Endpoint& endpoint, std::string_view body) {
  chat::Limits limits;
  limits.depth_max = services.pipeline.catalog()->json_depth_max;
  auto ask = co_await read_agent_ask(ctx, services.responses, endpoint, body, limits);
  if (!ask) co_return ask.error();
  agents::RunAsk run;
  run.agent = ask->agent();
  run.messages = ask->messages;
  if (auto keyed = add_key(headers, run); !keyed) co_return keyed.error();
  auto created = co_await services.runner->create(ctx, run);
  if (!created) co_return created.error();
  ctx.retried = repeats_as_another_run(run);
  co_return AskedAgent{std::move(*ask), created->id, created->agent, created->created_unix_us};
}

Task<void> send_text(base::Context& ctx, agents::Runner& runner, const std::string& run_id,
                     AgentStream& stream) {
  FollowedText followed(0);
  while (true) {
    auto news = co_await next_news(ctx, runner, run_id, followed.mark());
    if (!news) co_return news.error();
    if (news->is_over()) co_return Result<void>{};
    Result<void> sent;
    if (news->text) {
      TextChange change = followed.add(*news->text);
      sent = co_await stream.add(std::move(change));
    }
    for (const storage::RunEntry& entry : news->entries) {
      TextChange change = followed.settle(entry);
      if (sent) sent = co_await stream.add(std::move(change));
    }
    if (!sent) co_return sent;
  }
}

/// The run's state, when it has its answer.
Task<RunState> answered(base::Context& ctx, agents::Runner& runner, const std::string& run_id) {
  auto waited = co_await wait_for_run(ctx, runner, run_id);
  if (!waited) co_return waited.error();
  auto state = co_await state_of(ctx, runner, run_id);
  if (!state) co_return state.error();
  const auto has_answered = must_have_answered(run_id, *state);
  if (!has_answered) co_return has_answered.error();
  co_return state;
}

Async<void> keep_alive(base::Loop& loop, AgentStream& stream, base::Duration every,
                       base::Cancellation& stop) {
  while (true) {
    const base::MonoTime next = loop.now() + every;
    co_await base::sleep_until(loop, next, stop);
    if (stop.cancelled()) co_return;
    auto sent = co_await stream.keep_alive();
    if (!sent) co_return;
  }
}

/// The same, while a silent stream is kept alive.
Task<RunState> answered_alive(base::Context& ctx, agents::Runner& runner, const std::string& run_id,
                              AgentStream& stream, base::Duration every) {
  base::Cancellation stop;
  base::Beside alive(ctx.loop, keep_alive(ctx.loop, stream, every, stop));
  alive.start();
  auto state = co_await answered(ctx, runner, run_id);
  stop.cancel();
  co_await alive;
  co_return state;
}

/// Streamed: text as it is written where that is the run's, else in one piece.
Task<RunState> stream_answer(base::Context& ctx, LoopServices& services, const AskedAgent& asked,
                             AgentStream& stream) {
  agents::Runner& runner = *services.runner;
  const auto definitions = runner.definitions();
  const agents::AgentConfig* agent = definitions->agents.find(asked.agent);
  if (ends_with_first_answer(agent)) {
    auto sent = co_await send_text(ctx, runner, asked.run_id, stream);
    if (!sent) co_return sent.error();
  }
  const std::string model = agent == nullptr ? std::string() : agent->model;
  const auto catalog = services.pipeline.catalog();
  const std::int64_t every_ms = catalog->route_for(model, *ctx.principal).keep_alive_ms;
  if (every_ms == 0) {
    auto state = co_await answered(ctx, runner, asked.run_id);
    co_return state;
  }
  const base::Duration every = base::milliseconds(every_ms);
  auto state = co_await answered_alive(ctx, runner, asked.run_id, stream, every);
  co_return state;
}

/// The answer, as it is stored where the dialect has a store.
Task<chat::Answer> kept(base::Context& ctx, LoopServices& services, const AskedAgent& asked,
                        Result<RunState> state) {
  if (!state) co_return state.error();
  const chat::Answer answer = answer_of(asked, *state);
  auto stored = co_await keep_answer(ctx, services.responses, asked, answer);
  if (!stored) co_return stored.error();
  co_return answer;
}

Async<void> whole_answer(http::Exchange& exchange, base::Context& ctx, LoopServices& services,
                         const AskedAgent& asked) {
  auto state = co_await answered(ctx, *services.runner, asked.run_id);
  auto answer = co_await kept(ctx, services, asked, std::move(state));
  if (!answer) {
    co_await reply_run_error(exchange, ctx, asked.ask.dialect, answer.error(), asked.run_id);
    co_return;
  }
  co_await reply_whole(exchange, ctx, asked, *answer);
}

Async<void> streamed_answer(http::Exchange& exchange, base::Context& ctx, LoopServices& services,
                            const AskedAgent& asked) {
  AgentStream stream(exchange, ctx, asked);
  auto state = co_await stream_answer(ctx, services, asked, stream);
  auto answer = co_await kept(ctx, services, asked, std::move(state));
  if (answer) {
    co_await stream.end(*answer);
  } else if (stream.has_begun()) {
    co_await stream.broken(answer.error());
  } else {
    co_await reply_run_error(exchange, ctx, asked.ask.dialect, answer.error(), asked.run_id);
  }
}

}  // namespace

Async<void> agent_answer(http::Exchange& exchange, base::Context& ctx, LoopServices& services,
                         const Endpoint& endpoint, std::string_view body) {
  auto asked = co_await begin(ctx, services, exchange.request().headers, endpoint, body);
  if (!asked) {
    co_await reply_error(exchange, ctx, endpoint.dialect, asked.error());
    co_return;
  }
  if (asked->ask.request.stream) {
    co_await streamed_answer(exchange, ctx, services, *asked);
  } else {
    co_await whole_answer(exchange, ctx, services, *asked);
  }
}

}  // namespace headgate::server
