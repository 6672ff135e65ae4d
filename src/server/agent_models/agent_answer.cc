#include "server/agent_models/agent_answer.h"

#include <utility>

#include "gateway/responses/stored_entries.h"
#include "gateway/upstream/headers.h"
#include "llm/responses/stored.h"

namespace headgate::server {

namespace chat = llm::chat;
using base::Async;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

/// Of chat completions the run's own id, which is also in x-headgate-run-id. The other dialects
/// derive theirs from it.
chat::AnswerContext context_of(const AskedAgent& asked) {
  chat::AnswerContext context;
  context.request = &asked.ask.request;
  if (asked.ask.dialect == chat::Dialect::openai_chat) context.id = asked.run_id;
  context.as_array = asked.ask.source.as_array;
  context.created_s = asked.created_s();
  context.api_version = asked.ask.source.api_version;
  return context;
}

http::ReplyHead head_of(const base::Context& ctx, const AskedAgent& asked) {
  const bool events = asked.ask.request.stream && !asked.ask.source.as_array;
  http::ReplyHead head(200);
  head.add("content-type", events ? "text/event-stream; charset=utf-8" : "application/json");
  head.add("x-headgate-run-id", asked.run_id);
  gateway::add_ids(ctx, head);
  return head;
}

}  // namespace

chat::Answer answer_of(const AskedAgent& asked, const agents::RunState& state) {
  chat::Answer answer;
  answer.origin = asked.ask.dialect;
  answer.id = asked.run_id;
  answer.model = asked.ask.request.model;
  answer.created_s = asked.created_s();
  chat::Candidate& candidate = answer.candidates.emplace_back();
  candidate.parts.push_back(chat::text_part(state.output));
  candidate.stop = chat::StopReason::stop;
  answer.usage = state.usage;
  return answer;
}

Task<void> keep_answer(base::Context& ctx, storage::ResponseStore& store, const AskedAgent& asked,
                       const chat::Answer& answer) {
  const bool keeps = asked.ask.dialect == chat::Dialect::openai_responses;
  if (!keeps || !asked.ask.request.store.value_or(true)) co_return Result<void>{};
  auto entry = llm::responses::stored_entry(answer, context_of(asked));
  if (!entry) co_return gateway::not_stored(entry.error().detail);
  auto kept = co_await gateway::write_entry(ctx, store, std::move(*entry), asked.created_us);
  // The same run, asked for with its Idempotency-Key once more.
  if (!kept && kept.error().code == Errc::conflict) co_return Result<void>{};
  co_return kept;
}

Async<void> reply_whole(http::Exchange& exchange, const base::Context& ctx, const AskedAgent& asked,
                        const chat::Answer& answer) {
  const http::ReplyHead head = head_of(ctx, asked);
  const std::string bytes = asked.ask.codec().encode_answer(answer, context_of(asked));
  auto sent = co_await exchange.reply(head, bytes);
}

AgentStream::AgentStream(http::Exchange& exchange, const base::Context& ctx,
                         const AskedAgent& asked)
    : exchange_(exchange),
      ctx_(ctx),
      asked_(asked),
      writer_(asked.ask.codec().stream_writer(context_of(asked))) {}

Task<void> AgentStream::send(const std::string& bytes) {
  if (!std::exchange(begun_, true)) {
    const http::ReplyHead head = head_of(ctx_, asked_);
    auto started = co_await exchange_.start(head);
    if (!started) co_return started;
  }
  auto sent = co_await exchange_.write(bytes);
  co_return sent;
}

void AgentStream::write_text(const std::string& piece, std::string& bytes) {
  if (step_ == 0) {
    writer_->write(chat::Begin{asked_.run_id, asked_.ask.request.model, asked_.created_s()}, bytes);
    writer_->write(chat::PartBegin{0, 0, chat::text_part({})}, bytes);
  }
  writer_->write(chat::Delta{0, 0, chat::Delta::Kind::text, piece}, bytes);
}

Task<void> AgentStream::add(TextChange change) {
  const bool is_other = step_ != 0 && (change.withdrawn || change.step != step_);
  if (is_other) {
    co_return fail(Errc::conflict,
                   "The answer was begun anew after some of it was sent; see GET /v1/runs/" +
                       asked_.run_id + ".");
  }
  if (change.piece.empty()) co_return Result<void>{};
  std::string bytes;
  write_text(change.piece, bytes);
  step_ = change.step;
  auto sent = co_await send(bytes);
  co_return sent;
}

Async<void> AgentStream::end(const chat::Answer& answer) {
  std::string bytes;
  if (step_ == 0) write_text(answer.candidates.front().parts.front().as<chat::Text>()->text, bytes);
  writer_->write(chat::PartEnd{0, 0}, bytes);
  writer_->write(chat::Stop{0, answer.candidates.front().stop, {}, {}}, bytes);
  writer_->write(chat::UsageSeen{*answer.usage}, bytes);
  writer_->write(chat::End{}, bytes);
  auto sent = co_await send(bytes);
  if (!sent) co_return;
  auto ended = co_await exchange_.finish();
}

Task<void> AgentStream::keep_alive() {
  std::string bytes;
  writer_->keep_alive(bytes);
  auto sent = co_await send(bytes);
  co_return sent;
}

Async<void> AgentStream::broken(const base::Error& error) {
  std::string bytes;
  writer_->fail(error, ctx_.request_id, bytes);
  auto sent = co_await exchange_.write(bytes);
  auto ended = co_await exchange_.finish();
}

}  // namespace headgate::server
