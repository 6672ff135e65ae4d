#include "server/agents/agent_model.h"

#include "agents/mcp/object_view.h"
#include "base/async/beside.h"
#include "base/json/writer.h"
#include "gateway/upstream/headers.h"
#include "llm/openai/bodies.h"
#include "server/agents/new_run.h"
#include "server/agents/run_wait.h"
#include "server/api/model_calls.h"

namespace headgate::server {

using agents::RunState;
using agents::RunStatus;
using agents::mcp::ObjectView;
using base::Async;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using base::json::Writer;

namespace {

constexpr auto kDialect = llm::chat::Dialect::openai_chat;

struct Completion {
  std::string run_id;
  std::string model;
  std::string agent;
  std::int64_t created_us = 0;
  bool stream = false;
  RunState state;
};

Result<agents::RunAsk> ask_of(const http::Exchange& exchange, ObjectView& body) {
  agents::RunAsk out;
  out.agent = body.string("model").value_or("").substr(kAgentPrefix.size());
  auto messages = run_messages(std::string(body.raw("messages")));
  if (!messages) {
    base::Error error = messages.error();
    error.param = "messages";
    return error;
  }
  out.messages = std::move(*messages);
  if (auto keyed = add_key(exchange.request().headers, out); !keyed) return keyed.error();
  return out;
}

// What a client of a model can make nothing of is an error that names the run.
Result<void> must_have_answered(const std::string& id, const RunState& state) {
  if (state.status == RunStatus::finished) return {};
  const std::string what = "The run " + id + " is " + std::string(name(state.status));
  if (!has_ended(state.status)) {
    return fail(Errc::conflict, what + ": a person has to act; see GET /v1/runs/" + id + ".");
  }
  return fail(Errc::output_invalid, what + ": " + state.status_detail);
}

void write_usage(Writer& writer, const RunState& state) {
  writer.object("usage");
  writer.member("prompt_tokens", state.usage.input);
  writer.member("completion_tokens", state.usage.output);
  writer.member("total_tokens", state.usage.input + state.usage.output);
  writer.end_object();
}

void write_head(Writer& writer, const Completion& of, std::string_view object) {
  writer.member("id", of.run_id);
  writer.member("object", object);
  writer.member("created", of.created_us / 1'000'000);
  writer.member("model", of.model);
}

std::string whole(const Completion& of) {
  std::string out;
  Writer writer(out);
  writer.begin_object();
  write_head(writer, of, "chat.completion");
  writer.array("choices");
  writer.begin_object();
  writer.member("index", 0);
  writer.object("message");
  writer.member("role", "assistant");
  writer.member("content", of.state.output);
  writer.member_null("refusal");
  writer.end_object();
  writer.member_null("logprobs");
  writer.member("finish_reason", "stop");
  writer.end_object();
  writer.end_array();
  write_usage(writer, of.state);
  writer.end_object();
  return out;
}

enum class ChunkPlace : std::uint8_t { first, middle, last };

/// The last has no content.
std::string chunk(const Completion& of, ChunkPlace place, std::string_view content) {
  const bool is_last = place == ChunkPlace::last;
  std::string out = "data: ";
  Writer writer(out);
  writer.begin_object();
  write_head(writer, of, "chat.completion.chunk");
  writer.array("choices");
  writer.begin_object();
  writer.member("index", 0);
  writer.object("delta");
  if (place == ChunkPlace::first) writer.member("role", "assistant");
  if (!is_last) writer.member("content", content);
  writer.end_object();
  if (is_last) {
    writer.member("finish_reason", "stop");
  } else {
    writer.member_null("finish_reason");
  }
  writer.end_object();
  writer.end_array();
  if (is_last) write_usage(writer, of.state);
  writer.end_object();
  return out + "\n\n";
}

http::ReplyHead head_of(const base::Context& ctx, const Completion& of) {
  http::ReplyHead head(200);
  head.add("content-type", of.stream ? "text/event-stream; charset=utf-8" : "application/json");
  head.add("x-headgate-run-id", of.run_id);
  gateway::add_ids(ctx, head);
  return head;
}

/// A stream whose reply begins with its first text or sign of life, so that what fails before is an
/// ordinary error.
class ChunkStream {
 public:
  ChunkStream(http::Exchange& exchange, const base::Context& ctx, const Completion& of)
      : exchange_(exchange), ctx_(ctx), of_(of) {}

  bool has_begun() const { return begun_; }
  /// Errors: conflict, what was sent is not the answer; of the connection.
  Task<void> add(TextChange change) {
    const bool is_other = step_ != 0 && (change.withdrawn || change.step != step_);
    if (is_other) {
      co_return fail(Errc::conflict,
                     "The answer was begun anew after some of it was sent; see GET "
                     "/v1/runs/" +
                         of_.run_id + ".");
    }
    if (change.piece.empty()) co_return Result<void>{};
    auto sent = co_await send(change.step, change.piece);
    co_return sent;
  }
  /// With the whole answer where nothing of it was sent.
  Async<void> end() {
    Result<void> sent;
    if (step_ == 0) sent = co_await send(1, of_.state.output);
    if (!sent) co_return;
    const std::string last = chunk(of_, ChunkPlace::last, {}) + "data: [DONE]\n\n";
    sent = co_await exchange_.write(last);
    auto ended = co_await exchange_.finish();
  }
  /// A sign of life that clients ignore.
  Task<void> keep_alive() {
    auto begun = co_await start();
    if (!begun) co_return begun;
    const std::string_view comment = ": keep-alive\n\n";
    auto sent = co_await exchange_.write(comment);
    co_return sent;
  }
  Async<void> broken(const base::Error& error) {
    const std::string last = llm::openai::stream_error_event(error);
    auto sent = co_await exchange_.write(last);
    auto ended = co_await exchange_.finish();
  }

 private:
  Task<void> start() {
    if (std::exchange(begun_, true)) co_return Result<void>{};
    const http::ReplyHead head = head_of(ctx_, of_);
    auto started = co_await exchange_.start(head);
    co_return started;
  }
  Task<void> send(std::int64_t step, const std::string& text) {
    auto begun = co_await start();
    if (!begun) co_return begun;
    const ChunkPlace place = step_ == 0 ? ChunkPlace::first : ChunkPlace::middle;
    step_ = step;
    const std::string bytes = chunk(of_, place, text);
    auto sent = co_await exchange_.write(bytes);
    co_return sent;
  }

  http::Exchange& exchange_;
  const base::Context& ctx_;
  const Completion& of_;
  bool begun_ = false;     // the reply
  std::int64_t step_ = 0;  // whose text was sent; 0: none
};

// Of other agents nobody knows before it is whole whether an answer of the model is the run's.
bool ends_with_first_answer(const agents::AgentConfig* agent) {
  return agent != nullptr && agent->tools.empty() && agent->handoffs.empty() &&
         agent->output_schema.empty();
}

Task<Completion> begin(base::Context& ctx, agents::Runner& runner, http::Exchange& exchange,
                       std::string_view text) {
  ObjectView body(text);
  Completion out;
  out.model = body.string("model").value_or("");
  out.stream = body.boolean("stream").value_or(false);
  const auto ask = ask_of(exchange, body);
  if (!ask) co_return ask.error();
  auto created = co_await runner.create(ctx, *ask);
  if (!created) co_return created.error();
  out.run_id = created->id;
  out.agent = created->agent;
  out.created_us = created->created_unix_us;
  co_return out;
}

Task<void> send_text(base::Context& ctx, agents::Runner& runner, const std::string& run_id,
                     ChunkStream& chunks) {
  FollowedText followed(0);
  while (true) {
    auto news = co_await next_news(ctx, runner, run_id, followed.mark());
    if (!news) co_return news.error();
    if (news->is_over()) co_return Result<void>{};
    Result<void> sent;
    if (news->text) {
      TextChange change = followed.add(*news->text);
      sent = co_await chunks.add(std::move(change));
    }
    for (const storage::RunEntry& entry : news->entries) {
      TextChange change = followed.settle(entry);
      if (sent) sent = co_await chunks.add(std::move(change));
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

Async<void> keep_alive(base::Loop& loop, ChunkStream& chunks, base::Duration every,
                       base::Cancellation& stop) {
  while (true) {
    const base::MonoTime next = loop.now() + every;
    co_await base::sleep_until(loop, next, stop);
    if (stop.cancelled()) co_return;
    auto sent = co_await chunks.keep_alive();
    if (!sent) co_return;
  }
}

/// The same, while a silent stream is kept alive.
Task<RunState> answered_alive(base::Context& ctx, agents::Runner& runner, const std::string& run_id,
                              ChunkStream& chunks, base::Duration every) {
  base::Cancellation stop;
  base::Beside alive(ctx.loop, keep_alive(ctx.loop, chunks, every, stop));
  alive.start();
  auto state = co_await answered(ctx, runner, run_id);
  stop.cancel();
  co_await alive;
  co_return state;
}

/// Streamed: text as it is written where that is the run's, else in one piece.
Task<RunState> stream_answer(base::Context& ctx, LoopServices& services, const Completion& of,
                             ChunkStream& chunks) {
  agents::Runner& runner = *services.runner;
  const auto definitions = runner.definitions();
  const agents::AgentConfig* agent = definitions->agents.find(of.agent);
  if (ends_with_first_answer(agent)) {
    auto sent = co_await send_text(ctx, runner, of.run_id, chunks);
    if (!sent) co_return sent.error();
  }
  const std::string model = agent == nullptr ? std::string() : agent->model;
  const auto catalog = services.pipeline.catalog();
  const std::int64_t every_ms = catalog->route_for(model, *ctx.principal).keep_alive_ms;
  if (every_ms == 0) {
    auto state = co_await answered(ctx, runner, of.run_id);
    co_return state;
  }
  const base::Duration every = base::milliseconds(every_ms);
  auto state = co_await answered_alive(ctx, runner, of.run_id, chunks, every);
  co_return state;
}

Async<void> reply_whole(http::Exchange& exchange, const base::Context& ctx, const Completion& of) {
  const http::ReplyHead head = head_of(ctx, of);
  const std::string bytes = whole(of);
  auto sent = co_await exchange.reply(head, bytes);
}

}  // namespace

bool asks_for_agent(std::string_view body) {
  if (body.find("\"agent/") == std::string_view::npos) return false;
  ObjectView view(body);
  return view.string("model").value_or("").starts_with(kAgentPrefix);
}

Async<void> agent_completion(http::Exchange& exchange, base::Context& ctx, LoopServices& services,
                             std::string_view body) {
  agents::Runner& runner = *services.runner;
  auto begun = co_await begin(ctx, runner, exchange, body);
  if (!begun) {
    co_await reply_error(exchange, ctx, kDialect, begun.error());
    co_return;
  }
  Completion& of = *begun;
  ChunkStream chunks(exchange, ctx, of);
  Result<RunState> state = RunState{};
  if (of.stream) {
    state = co_await stream_answer(ctx, services, of, chunks);
  } else {
    state = co_await answered(ctx, runner, of.run_id);
  }
  if (!state) {
    if (chunks.has_begun()) {
      co_await chunks.broken(state.error());
    } else {
      co_await reply_error(exchange, ctx, kDialect, state.error());
    }
    co_return;
  }
  of.state = std::move(*state);
  if (of.stream) {
    co_await chunks.end();
  } else {
    co_await reply_whole(exchange, ctx, of);
  }
}

}  // namespace headgate::server
