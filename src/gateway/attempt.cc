#include "gateway/attempt.h"

#include <algorithm>

#include "base/async/loop.h"
#include "gateway/headers.h"
#include "gateway/stream_relay.h"
#include "llm/openai/bodies.h"
#include "llm/openai/chat_response.h"

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

void note_answer(Call& call, const llm::openai::ChatResponse& response) {
  call.usage = response.usage;
  call.model_served = response.model;
  call.response_id = response.id;
  if (!response.finish_reasons.empty()) call.finish_reason = response.finish_reasons.front();
  call.output = response.content.decode();
  if (call.output.empty()) call.output = response.refusal.decode();
  if (!call.output.empty() && !response.tool_calls.empty()) call.output += '\n';
  call.output += response.tool_calls;
}

// The provider said no: its status and its words reach the caller, in OpenAI's form whatever it
// sent.
Task<void> pass_refusal(Call& call, CallTools& tools, http::ClientCall& upstream,
                        AnswerSink& answer) {
  const int status = upstream.head().status;
  auto body = co_await upstream.connection().read_all(kErrorBytesMax);
  if (!body) co_return body.error();
  if (is_credential_refusal(status)) {
    co_return fail(Errc::upstream_auth, "provider \"" + call.model->provider->name +
                                            "\" refused the gateway's credential (status " +
                                            std::to_string(status) +
                                            "); its api_key needs attention");
  }
  const auto said = llm::openai::scan_error_body(*body);
  Error error =
      fail(Errc::upstream_status, "the provider answered " + std::to_string(status) + ": " +
                                      (said ? said->message : "(not an error in OpenAI's form)"));
  call.error = error;
  call.reply_status = status;
  call.settle(tools);
  http::ReplyHead head(status);
  pass_reply_headers(upstream.head().headers, head, said.has_value());
  add_ids(call.ctx, head);
  if (!said) head.add("content-type", "application/json");
  const std::string own = said ? std::string() : llm::openai::error_body(error);
  const std::string_view text = said ? *body : std::string_view(own);
  auto sent = co_await answer.whole(head, text);
  co_return Result<void>{};
}

Task<void> pass_whole(Call& call, CallTools& tools, http::ClientCall& upstream,
                      AnswerSink& answer) {
  auto body = co_await upstream.connection().read_all(call.model->provider->response_bytes_max);
  if (!body) co_return body.error();
  const auto response = llm::openai::scan_chat_response(*body, call.catalog->json_depth_max);
  if (!response) co_return response.error();
  if (response->error) {
    co_return fail(Errc::upstream_status,
                   "the provider answered 200 with an error: " + response->error->message);
  }
  note_answer(call, *response);
  call.reply_status = 200;
  call.settle(tools);
  http::ReplyHead head(200);
  pass_reply_headers(upstream.head().headers, head);
  add_ids(call.ctx, head);
  head.add("x-headgate-cost-usd", call.cost_text());
  auto sent = co_await answer.whole(head, *body);
  co_return Result<void>{};
}

}  // namespace

Task<void> run_attempt(Call& call, CallTools& tools, Upstreams& upstreams,
                       const http::Headers& caller, std::string_view body, AnswerSink& answer) {
  const Timeouts timeouts = timeouts_of(call);
  const Provider& provider = *call.model->provider;
  call.attempt_begun = call.ctx.loop.now();
  call.attempt_span = base::SpanId::random(call.ctx.loop.random());
  call.streamed = call.request.stream;

  // A whole answer's head comes when all of it was generated; a streamed one's with the first
  // token.
  const bool stream = call.request.stream;
  const std::int64_t head_ms =
      stream ? std::min(timeouts.first_token_ms, timeouts.total_ms) : timeouts.total_ms;
  const Errc late = stream ? Errc::timeout_first_token : Errc::timeout_total;
  const base::MonoTime deadline = *call.attempt_begun + base::milliseconds(head_ms);

  const std::string headers = upstream_headers(provider, caller, call.ctx.trace, call.attempt_span);
  http::ClientCall upstream(upstreams.client(call.model->provider), call.ctx.cancellation);
  constexpr std::string_view kPath = "/chat/completions";
  auto started = co_await upstream.start(http::Method::post, kPath, headers, body, deadline, late);
  if (!started) co_return started.error();
  call.upstream_status = upstream.head().status;
  const base::MonoTime end = *call.attempt_begun + base::milliseconds(timeouts.total_ms);
  upstream.connection().bound_reads(timeouts.idle_ms, end);

  if (call.upstream_status != 200) {
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
