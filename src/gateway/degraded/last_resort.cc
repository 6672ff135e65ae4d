#include "gateway/degraded/last_resort.h"

#include <string>
#include <utility>

#include "base/async/loop.h"
#include "gateway/degraded/keeping_sink.h"
#include "gateway/degraded/last_answers.h"
#include "gateway/degraded/own_answer.h"
#include "gateway/upstream/headers.h"

namespace headgate::gateway {

using base::Async;

bool LastResort::may_help(const Failure& failure) const {
  if (next_ >= call_.route->degraded.use.size()) return false;
  if (call_.ask.operation != Operation::chat || call_.ctx.cancellation.cancelled()) return false;
  return resilience::row(failure.kind).next == resilience::Next::any;
}

Async<LastResort::Outcome> LastResort::next(AnswerSink& answer) {
  const DegradedConfig& rules = call_.route->degraded;
  // An answer that somebody is going to check has to be a model's.
  const bool is_checked = call_.settle_later;
  Outcome out;
  call_.degraded = {};
  while (next_ < rules.use.size() && !out.answered && out.model == nullptr) {
    const Degraded what = rules.use[next_++];
    if (what == Degraded::smaller && call_.ctx.loop.now() < call_.ctx.deadline) {
      out.model = call_.catalog->find(rules.smaller);
      if (out.model != nullptr) call_.degraded = "smaller";
    } else if (what == Degraded::cached && !is_checked) {
      out.answered = co_await give_cached(answer);
    } else if (what == Degraded::canned && !is_checked) {
      out.answered = co_await give_canned(answer);
    }
  }
  co_return out;
}

Async<bool> LastResort::give_cached(AnswerSink& answer) {
  if (!call_.route->last_answers) co_return false;
  const base::MonoTime now = call_.ctx.loop.now();
  const base::MonoTime after = now - base::seconds(call_.route->degraded.cached.age_max_s);
  const auto kept = call_.route->last_answers->find(answer_key(call_), after);
  if (!kept) co_return false;
  http::ReplyHead head = settled("cached", kept->body);
  if (kept->model != call_.asked_model->name) head.add("x-headgate-model", kept->model);
  const auto age = std::chrono::duration_cast<base::seconds>(now - kept->at);
  head.add("age", std::to_string(age.count()));
  co_await send(kept->content_type, kept->streamed, kept->body, head, answer);
  co_return true;
}

Async<bool> LastResort::give_canned(AnswerSink& answer) {
  const std::string& text = call_.route->degraded.canned.text;
  const auto own = own_answer(call_, text);
  if (!own) co_return false;
  http::ReplyHead head = settled("canned", text);
  co_await send(own->content_type, own->streamed, own->body, head, answer);
  co_return true;
}

// The call is over with this, and no provider has answered it.
http::ReplyHead LastResort::settled(std::string_view kind, std::string output) {
  call_.answer_without_model(kind, std::move(output));
  call_.settle(tools_);
  http::ReplyHead head(200);
  add_ids(call_.ctx, head);
  add_delivery(call_, head);
  return head;
}

Async<void> LastResort::send(std::string_view content_type, bool streamed, std::string_view body,
                             http::ReplyHead& head, AnswerSink& answer) {
  head.add("content-type", content_type);
  if (!streamed) {
    head.add("x-headgate-cost-usd", call_.cost_text());
    auto sent = co_await answer.whole(head, body);
    co_return;  // whoever is gone has missed it
  }
  head.add("cache-control", "no-cache");
  head.add("x-accel-buffering", "no");
  auto begun = co_await answer.begin(head);
  if (!begun) co_return;
  const std::string_view none;
  auto ended = co_await answer.end(none, body);
}

}  // namespace headgate::gateway
