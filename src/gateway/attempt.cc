#include "gateway/attempt.h"

#include <algorithm>

#include "base/async/loop.h"
#include "gateway/carry/refusal.h"
#include "gateway/carry/stream_relay.h"
#include "gateway/carry/whole_answer.h"
#include "gateway/chaos/upstream_fault.h"
#include "gateway/delivery/deadline.h"
#include "gateway/delivery/health.h"
#include "gateway/hedging/race.h"
#include "gateway/responses/stored_call.h"
#include "gateway/upstream/headers.h"
#include "gateway/upstream/target.h"
#include "llm/codecs.h"
#include "resilience/backoff.h"
#include "resilience/rate_headers.h"

namespace headgate::gateway {

using base::Errc;
using base::Error;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr std::size_t kErrorBytesMax = 1024 * 1024;

Timeouts timeouts_of(const Attempt& attempt) {
  const Route& route = *attempt.call.route;
  Timeouts timeouts = attempt.model.provider->timeouts;
  timeouts.first_token_ms = route.first_token_ms.value_or(timeouts.first_token_ms);
  timeouts.total_ms = route.total_ms.value_or(timeouts.total_ms);
  timeouts.request_ms = route.request_ms.value_or(timeouts.request_ms);
  // A whole answer has less time than a stream, which shows that it goes on.
  const bool streams = attempt.call.request.stream;
  if (!streams) timeouts.total_ms = std::min(timeouts.total_ms, timeouts.request_ms);
  return timeouts;
}

bool is_event_stream(const http::ResponseHead& head) {
  return head.headers.get("content-type").starts_with("text/event-stream");
}

// A refused credential is the operator's business: the caller's own key was fine, and the
// provider's words may show part of ours. A 401 may be about an empty account as well.
bool is_credential_refusal(int status, const Failure& failure) {
  return status == 401 || failure.kind == resilience::FailureKind::credential;
}

Error credential_refused(const Attempt& attempt, int status) {
  return fail(Errc::upstream_auth, "provider \"" + attempt.model.provider->name +
                                       "\" refused the gateway's credential (status " +
                                       std::to_string(status) + "); its api_key needs attention");
}

// How long to wait, by the header or by the body.
std::optional<base::Duration> wait_of(const http::Headers& headers,
                                      const std::optional<llm::chat::ProviderError>& said,
                                      std::int64_t now_unix_s) {
  const auto asked = resilience::parse_retry_after(headers.get("retry-after"),
                                                   headers.get("retry-after-ms"), now_unix_s);
  if (asked || !said || !said->retry_after_ms) return asked;
  return base::milliseconds(*said->retry_after_ms);
}

void read_rate_headers(const Attempt& attempt, const http::Headers& headers) {
  if (!attempt.model.health) return;
  const base::Loop& loop = attempt.call.ctx.loop;
  const auto get = [&](std::string_view name) { return headers.get(name); };
  attempt.model.health->on_rate_headers(resilience::rate_headers(get, loop.clock().unix_us()),
                                        loop.now());
}

std::optional<bool> should_retry(const http::Headers& headers) {
  const std::string_view value = headers.get("x-should-retry");
  if (value == "true") return true;
  if (value == "false") return false;
  return std::nullopt;
}

// The reply that tells the caller of it: with the provider's status and words, in the caller's
// dialect whatever it sent.
RefusalReply refusal_reply(const Attempt& attempt, const http::Headers& headers, std::string body,
                           const std::optional<llm::chat::ProviderError>& said,
                           const Failure& failure) {
  const Call& call = attempt.call;
  const int status = attempt.upstream_status;
  const llm::Codec& codec = llm::codec(call.ask.dialect);
  const bool as_it_came = said && !attempt.crosses();
  const Error translated = fail(errc_of_status(status, Errc::upstream_status), failure.error.detail,
                                said ? said->param : std::string());
  http::ReplyHead head(attempt.crosses() ? codec.error_status(translated.code) : status);
  pass_reply_headers(headers, head, as_it_came);
  add_ids(call.ctx, head);
  if (said && said->retry_after_ms && headers.get("retry-after").empty()) {
    add_retry_after(base::milliseconds(*said->retry_after_ms), head);
  }
  if (as_it_came) return {std::move(head), std::move(body)};
  head.add("content-type", "application/json");
  return {std::move(head), codec.error_body(translated, call.ctx.request_id)};
}

base::Async<Failure> read_refusal(const Attempt& attempt, http::ClientCall& upstream) {
  const int status = attempt.upstream_status;
  auto body = co_await upstream.connection().read_all(kErrorBytesMax);
  if (!body) co_return failure_of(body.error());
  const auto& headers = upstream.head().headers;
  const auto said = llm::codec(attempt.upstream_dialect).read_error_body(*body);
  Failure out;
  out.kind = kind_of(status, said.value_or(llm::chat::ProviderError{}));
  out.retry_after = wait_of(headers, said, attempt.call.ctx.loop.clock().unix_us() / 1'000'000);
  out.should_retry = should_retry(headers);
  if (is_credential_refusal(status, out)) {
    out.error = credential_refused(attempt, status);
    co_return out;
  }
  out.error =
      fail(Errc::upstream_status, "the provider answered " + std::to_string(status) + ": " +
                                      (said ? said->message : "(not an error in its API's form)"));
  out.reply = refusal_reply(attempt, headers, std::string(*body), said, out);
  co_return out;
}

Task<void> pass_whole(Attempt& attempt, CallTools& tools, http::ClientCall& upstream,
                      AnswerSink& answer) {
  Call& call = attempt.call;
  auto body = co_await upstream.connection().read_all(attempt.model.provider->response_bytes_max);
  if (!body) co_return body.error();
  const std::string_view came = *body;
  auto carried = carry_whole(attempt, tools, came);
  if (!carried) co_return carried.error();
  if (!may_answer(attempt)) co_return lost_race();
  auto stored = co_await store_entry(attempt, tools);
  if (!stored) co_return stored.error();
  call.reply_status = 200;
  call.settle(tools);
  http::ReplyHead head(200);
  pass_reply_headers(upstream.head().headers, head, !carried->rewritten);
  if (carried->rewritten) head.add("content-type", carried->content_type);
  add_ids(call.ctx, head);
  add_delivery(call, head);
  add_losses(attempt, head);
  head.add("x-headgate-cost-usd", call.cost_text());
  const std::string_view text = carried->rewritten ? std::string_view(carried->body) : came;
  auto sent = co_await answer.whole(head, text);
  co_return Result<void>{};  // whoever is gone has missed it; the call is settled
}

}  // namespace

base::Async<std::optional<Failure>> run_attempt(Attempt& attempt, CallTools& tools,
                                                Upstreams& upstreams, AnswerSink& answer,
                                                CallerStream& stream) {
  Call& call = attempt.call;
  const Timeouts timeouts = timeouts_of(attempt);
  const Provider& provider = *attempt.model.provider;
  const bool streams = call.request.stream;
  const auto path = upstream_path(provider, attempt.upstream_dialect, call.ask.operation,
                                  attempt.model.upstream_model, streams);
  if (!path) {
    co_return failure_of(fail(Errc::not_found, "provider \"" + provider.name +
                                                   "\" has no API for " +
                                                   std::string(name(call.ask.operation)) + "."));
  }
  const base::MonoTime begun = attempt.begun;
  call.streamed = streams;

  // A whole answer's head comes when all of it was generated; a streamed one's with the first
  // token.
  const std::int64_t head_ms =
      streams ? std::min(timeouts.first_token_ms, timeouts.total_ms) : timeouts.total_ms;
  const base::MonoTime deadline = std::min(begun + base::milliseconds(head_ms), call.ctx.deadline);
  const Errc late =
      streams && deadline < call.ctx.deadline ? Errc::timeout_first_token : Errc::timeout_total;

  const std::string headers = upstream_headers(attempt);
  const std::string_view body = attempt.request_body();
  http::ClientCall upstream(upstreams.client(attempt.model.provider), *attempt.cancellation);
  upstream.tell_sent(attempt.sent);
  if (const auto fault = upstream_fault(attempt, tools)) upstream.inject(*fault);
  auto started = co_await upstream.start(http::Method::post, *path, headers, body, deadline, late);
  if (!started) co_return failure_of(started.error());
  attempt.upstream_status = upstream.head().status;
  if (upstream.resent()) attempt.attributes.push_back({"resent", "connection was closed"});
  if (provider.reads_rate_headers) read_rate_headers(attempt, upstream.head().headers);
  base::MonoTime end = begun + base::milliseconds(timeouts.total_ms);
  if (!streams) end = std::min(end, call.ctx.deadline);
  upstream.connection().bound_reads(timeouts.idle_ms, end);

  if (attempt.upstream_status != 200) {
    Failure refused = co_await read_refusal(attempt, upstream);
    co_return refused;
  }
  attempt.answered = call.ctx.loop.now();
  if (streams && is_event_stream(upstream.head())) {
    if (!stream.path) stream.path = make_stream_path(attempt);
    StreamRelay relay(attempt, tools, upstream, answer, stream, timeouts);
    auto relayed = co_await relay.run();
    co_return relayed;
  }
  if (stream.begun) {
    StreamRelay relay(attempt, tools, upstream, answer, stream, timeouts);
    auto relayed = co_await relay.run_whole();
    co_return relayed;
  }
  auto passed = co_await pass_whole(attempt, tools, upstream, answer);
  if (!passed) co_return failure_of(passed.error());
  co_return std::nullopt;
}

bool is_at_own_deadline(const Attempt& attempt, const Failure& failure) {
  const Call& call = attempt.call;
  if (failure.kind != resilience::FailureKind::timeout_total) return false;
  const base::MonoTime now = call.ctx.loop.now();
  const base::MonoTime total = attempt.begun + base::milliseconds(timeouts_of(attempt).total_ms);
  return has_own_deadline(call) && call.ctx.deadline <= now && now < total;
}

}  // namespace headgate::gateway
