#include "server/agents/agent_model.h"

#include "agents/mcp/object_view.h"
#include "base/async/handoff.h"
#include "base/json/writer.h"
#include "gateway/upstream/headers.h"
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

constexpr std::string_view kPrefix = "agent/";
constexpr auto kDialect = llm::chat::Dialect::openai_chat;

struct Completion {
  std::string run_id;
  std::string model;
  bool stream = false;
  RunState state;
};

Result<agents::RunAsk> ask_of(const http::Exchange& exchange, ObjectView& body) {
  agents::RunAsk out;
  out.agent = body.string("model").value_or("").substr(kPrefix.size());
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
  writer.member("created", of.state.created_us / 1'000'000);
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

/// `content` null: the chunk that ends it.
std::string chunk(const Completion& of, const std::string* content) {
  std::string out = "data: ";
  Writer writer(out);
  writer.begin_object();
  write_head(writer, of, "chat.completion.chunk");
  writer.array("choices");
  writer.begin_object();
  writer.member("index", 0);
  writer.object("delta");
  if (content != nullptr) {
    writer.member("role", "assistant");
    writer.member("content", *content);
  }
  writer.end_object();
  if (content != nullptr) {
    writer.member_null("finish_reason");
  } else {
    writer.member("finish_reason", "stop");
  }
  writer.end_object();
  writer.end_array();
  if (content == nullptr) write_usage(writer, of.state);
  writer.end_object();
  return out + "\n\n";
}

Task<Completion> complete(base::Context& ctx, agents::Runner& runner, http::Exchange& exchange,
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
  auto waited = co_await wait_for_run(ctx, runner, out.run_id);
  if (!waited) co_return waited.error();
  base::Handoff<storage::StoredRun> found(ctx.loop, ctx.cancellation);
  runner.store().find(out.run_id, found.receiver());
  auto stored = co_await found;
  if (!stored) co_return stored.error();
  out.state = agents::fold(out.run_id, stored->entries);
  const auto answered = must_have_answered(out.run_id, out.state);
  if (!answered) co_return answered.error();
  co_return out;
}

}  // namespace

bool asks_for_agent(std::string_view body) {
  if (body.find("\"agent/") == std::string_view::npos) return false;
  ObjectView view(body);
  return view.string("model").value_or("").starts_with(kPrefix);
}

Async<void> agent_completion(http::Exchange& exchange, base::Context& ctx, LoopServices& services,
                             std::string_view body) {
  auto done = co_await complete(ctx, *services.runner, exchange, body);
  if (!done) {
    co_await reply_error(exchange, ctx, kDialect, done.error());
    co_return;
  }
  http::ReplyHead head(200);
  head.add("content-type", done->stream ? "text/event-stream; charset=utf-8" : "application/json");
  head.add("x-headgate-run-id", done->run_id);
  gateway::add_ids(ctx, head);
  const std::string bytes =
      done->stream ? chunk(*done, &done->state.output) + chunk(*done, nullptr) + "data: [DONE]\n\n"
                   : whole(*done);
  auto sent = co_await exchange.reply(head, bytes);
}

}  // namespace headgate::server
