#include "gateway/attempt.h"

#include <algorithm>

#include "base/async/loop.h"
#include "gateway/carry/refusal.h"
#include "gateway/carry/stream_relay.h"
#include "gateway/carry/whole_answer.h"
#include "gateway/responses/stored_call.h"
#include "gateway/upstream/headers.h"
#include "gateway/upstream/target.h"
#include "llm/codecs.h"

namespace headgate::gateway {

using base::Errc;
using base::Error;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr std::size_t kErrorBytesMax = 1024 * 1024;

Timeouts timeouts_of(const Call& call) {
  Timeouts timeouts = call.model->provider->timeouts;
  timeouts.first_token_ms = call.route->first_token_ms.value_or(timeouts.first_token_ms);
  timeouts.total_ms = call.route->total_ms.value_or(timeouts.total_ms);
  return timeouts;
}

bool is_event_stream(const http::ResponseHead& head) {
  return head.headers.get("content-type").starts_with("text/event-stream");
}

// A refused credential is the operator's business: the caller's own key was fine, and the
// provider's words may show part of ours.
bool is_credential_refusal(int status) { return status == 401 || status == 403; }

Error credential_refused(const Call& call, int status) {
  return fail(Errc::upstream_auth, "provider \"" + call.model->provider->name +
                                       "\" refused the gateway's credential (status " +
                                       std::to_string(status) + "); its api_key needs attention");
}

// The provider said no: its status and its words reach the caller, in the caller's dialect whatever
// it sent.
Task<void> pass_refusal(Call& call, CallTools& tools, http::ClientCall& upstream,
                        AnswerSink& answer) {
  const int status = upstream.head().status;
  auto body = co_await upstream.connection().read_all(kErrorBytesMax);
  if (!body) co_return body.error();
  if (is_credential_refusal(status)) co_return credential_refused(call, status);
  const llm::Codec& codec = llm::codec(call.ask.dialect);
  const auto said = llm::codec(call.upstream_dialect).read_error_body(*body);
  const bool as_it_came = said && !call.crosses();
  const std::string answered = "the provider answered " + std::to_string(status) + ": " +
                               (said ? said->message : "(not an error in its API's form)");
  call.error = fail(Errc::upstream_status, answered);
  const Error translated = fail(errc_of_status(status, Errc::upstream_status), answered,
                                said ? said->param : std::string());
  call.reply_status = call.crosses() ? codec.error_status(translated.code) : status;
  call.settle(tools);
  http::ReplyHead head(call.reply_status);
  pass_reply_headers(upstream.head().headers, head, as_it_came);
  add_ids(call.ctx, head);
  if (said && said->retry_after_ms && upstream.head().headers.get("retry-after").empty()) {
    head.add("retry-after", std::to_string((*said->retry_after_ms + 999) / 1000));
    head.add("retry-after-ms", std::to_string(*said->retry_after_ms));
  }
  if (!as_it_came) head.add("content-type", "application/json");
  const std::string own = as_it_came ? "" : codec.error_body(translated, call.ctx.request_id);
  const std::string_view text = as_it_came ? *body : std::string_view(own);
  auto sent = co_await answer.whole(head, text);
  co_return Result<void>{};
}

Task<void> pass_whole(Call& call, CallTools& tools, http::ClientCall& upstream,
                      AnswerSink& answer) {
  auto body = co_await upstream.connection().read_all(call.model->provider->response_bytes_max);
  if (!body) co_return body.error();
  const std::string_view came = *body;
  auto carried = carry_whole(call, tools, came);
  if (!carried) co_return carried.error();
  auto stored = co_await store_entry(call, tools);
  if (!stored) co_return stored.error();
  call.reply_status = 200;
  call.settle(tools);
  http::ReplyHead head(200);
  pass_reply_headers(upstream.head().headers, head, !carried->rewritten);
  if (carried->rewritten) head.add("content-type", carried->content_type);
  add_ids(call.ctx, head);
  add_losses(call, head);
  head.add("x-headgate-cost-usd", call.cost_text());
  const std::string_view text = carried->rewritten ? std::string_view(carried->body) : came;
  auto sent = co_await answer.whole(head, text);
  co_return Result<void>{};
}

}  // namespace

Task<void> run_attempt(Call& call, CallTools& tools, Upstreams& upstreams, std::string_view body,
                       AnswerSink& answer) {
  const Timeouts timeouts = timeouts_of(call);
  const Provider& provider = *call.model->provider;
  const bool stream = call.request.stream;
  const auto path = upstream_path(provider, call.upstream_dialect, call.ask.operation,
                                  call.model->upstream_model, stream);
  if (!path) {
    co_return fail(Errc::not_found, "provider \"" + provider.name + "\" has no API for " +
                                        std::string(name(call.ask.operation)) + ".");
  }
  const base::MonoTime begun = call.begin_attempt().begun;
  call.streamed = stream;

  // A whole answer's head comes when all of it was generated; a streamed one's with the first
  // token.
  const std::int64_t head_ms =
      stream ? std::min(timeouts.first_token_ms, timeouts.total_ms) : timeouts.total_ms;
  const Errc late = stream ? Errc::timeout_first_token : Errc::timeout_total;
  const base::MonoTime deadline = begun + base::milliseconds(head_ms);

  const std::string headers = upstream_headers(call);
  http::ClientCall upstream(upstreams.client(call.model->provider), call.ctx.cancellation);
  auto started = co_await upstream.start(http::Method::post, *path, headers, body, deadline, late);
  if (!started) co_return started.error();
  call.attempt().upstream_status = upstream.head().status;
  const base::MonoTime end = begun + base::milliseconds(timeouts.total_ms);
  upstream.connection().bound_reads(timeouts.idle_ms, end);

  if (call.attempt().upstream_status != 200) {
    auto passed = co_await pass_refusal(call, tools, upstream, answer);
    co_return passed;
  }
  if (stream && is_event_stream(upstream.head())) {
    StreamRelay relay(call, tools, upstream, answer, timeouts);
    auto relayed = co_await relay.run();
    co_return relayed;
  }
  auto passed = co_await pass_whole(call, tools, upstream, answer);
  co_return passed;
}

}  // namespace headgate::gateway
