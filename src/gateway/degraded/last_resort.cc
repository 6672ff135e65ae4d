#include "gateway/degraded/last_resort.h"

#include <string>
#include <utility>

#include "base/async/handoff.h"
#include "base/async/loop.h"
#include "base/owner.h"
#include "gateway/degraded/keeping_sink.h"
#include "gateway/degraded/last_answers.h"
#include "gateway/degraded/own_answer.h"
#include "gateway/degraded/queued_ask.h"
#include "gateway/degraded/queued_read.h"
#include "gateway/upstream/headers.h"

namespace headgate::gateway {

using base::Async;

namespace {

constexpr std::int64_t kSecondUs = 1'000'000;

}  // namespace

bool LastResort::may_help(const Failure& failure) const {
  if (next_ >= call_.route->degraded.use.size()) return false;
  if (call_.ask.operation != Operation::chat || !call_.ask.queued_id.empty()) return false;
  if (call_.ctx.cancellation.cancelled()) return false;
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
    } else if (what == Degraded::queue) {
      out.answered = co_await enqueue(answer);
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

storage::QueuedCall LastResort::queued_call() const {
  storage::QueuedCall out;
  out.id = "dgr_" + base::TraceId::random(call_.ctx.loop.random()).hex();
  out.owner = base::owner_of(*call_.ctx.principal);
  out.route = call_.route->name;
  out.asked = write_asked(call_);
  out.body = call_.ask.body;
  out.created_unix_us = call_.ctx.loop.clock().unix_us();
  out.expires_unix_us = out.created_unix_us + call_.route->degraded.queue.ttl_s * kSecondUs;
  return out;
}

// The caller is told when the call is on disk.
Async<bool> LastResort::enqueue(AnswerSink& answer) {
  if (tools_.queued == nullptr) co_return false;
  const QueueConfig& rules = call_.route->degraded.queue;
  storage::QueuedCall row = queued_call();
  const std::string id = row.id;
  const QueuedSight sight = waiting_sight(call_.ctx, id, row.created_unix_us / kSecondUs,
                                          row.expires_unix_us / kSecondUs);
  base::Handoff<void> handoff(call_.ctx.loop, call_.ctx.cancellation);
  const storage::QueueLimits limits{rules.calls_max, rules.bytes_max};
  tools_.queued->insert(std::move(row), limits, handoff.receiver());
  auto kept = co_await handoff;
  if (!kept) {
    const bool gone = kept.error().code == base::Errc::cancelled;
    if (gone) tools_.queued->finish(id, {}, [](base::Result<void>) {});  // nobody knows of it
    const bool full = kept.error().code == base::Errc::overloaded;
    if (!gone) count(full ? "queue_full" : "queue_failed");
    co_return false;
  }
  call_.queued_id = id;
  call_.answer_without_model(sight.head.status(), "queued", {});
  call_.settle(tools_);
  auto sent = co_await answer.whole(sight.head, sight.body);
  co_return true;
}

void LastResort::count(std::string_view kind) {
  tools_.metrics.observe(telemetry::DegradedSample{call_.route->name, kind});
}

// The call is over with this, and no provider has answered it.
http::ReplyHead LastResort::settled(std::string_view kind, std::string output) {
  call_.answer_without_model(200, kind, std::move(output));
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
  std::string trailers;
  if (call_.wants_trailers) {
    head.add("trailer", "x-headgate-cost-usd");
    trailers = "x-headgate-cost-usd: " + call_.cost_text() + "\r\n";
  }
  auto begun = co_await answer.begin(head);
  if (!begun) co_return;
  auto ended = co_await answer.end(trailers, body);
}

}  // namespace headgate::gateway
