#include "gateway/carry/stream_relay.h"

#include <algorithm>
#include <utility>

#include "base/async/loop.h"
#include "gateway/carry/refusal.h"
#include "gateway/hedging/race.h"
#include "gateway/responses/stored_call.h"
#include "gateway/upstream/headers.h"

namespace headgate::gateway {

using base::Errc;
using base::Error;
using base::Result;
using base::Task;

namespace {

constexpr std::size_t kEventBytesMax = 8 * 1024 * 1024;
constexpr std::size_t kHeldBytesMax = 256 * 1024;  // before the reply has begun
constexpr base::Duration kDrain = base::milliseconds(50);

// Not the provider's failure, whatever the socket called it.
Error caller_gone(Error error) {
  if (error.code != Errc::client_timeout) error.code = Errc::cancelled;
  return error;
}

}  // namespace

StreamRelay::StreamRelay(Attempt& attempt, CallTools& tools, http::ClientCall& upstream,
                         AnswerSink& answer, CallerStream& stream, const Timeouts& timeouts)
    : attempt_(attempt),
      call_(attempt.call),
      tools_(tools),
      upstream_(upstream),
      answer_(answer),
      timeouts_(timeouts),
      stream_(stream),
      parser_(kEventBytesMax) {
  if (!stream.begun) stream.sent_at = call_.ctx.loop.now();
}

base::Async<std::optional<Failure>> StreamRelay::run() {
  auto& connection = upstream_.connection();
  while (!stream_.path->ended()) {
    const auto piece = connection.take();
    Result<void> step = Result<void>{};
    if (!piece) {
      step = piece.error();
    } else if (!piece->empty()) {
      step = read_blocks(*piece);
    } else if (connection.done()) {
      step = on_end();
    } else {
      step = co_await flush();
      if (step) step = co_await read_more();
    }
    if (step) continue;
    co_return broken(step.error());
  }
  if (const auto said = stream_.path->error()) {
    Failure failure = broken(provider_failure(*said, Errc::upstream_status));
    failure.kind = kind_of(200, *said);
    if (said->retry_after_ms) failure.retry_after = base::milliseconds(*said->retry_after_ms);
    co_return failure;
  }
  auto done = co_await finish();
  if (!done) co_return broken(done.error());
  co_return std::nullopt;
}

base::Async<std::optional<Failure>> StreamRelay::run_whole() {
  auto body = co_await upstream_.connection().read_all(attempt_.model.provider->response_bytes_max);
  if (!body) co_return broken(body.error());
  if (auto taken = stream_.path->take_whole(*body, stream_.out); !taken) {
    co_return broken(taken.error());
  }
  auto done = co_await finish();
  if (!done) co_return broken(done.error());
  co_return std::nullopt;
}

// Parses what arrived; what the caller gets of it is appended to stream_.out.
Result<void> StreamRelay::read_blocks(std::string_view piece) {
  const std::size_t bytes_max = attempt_.model.provider->response_bytes_max;
  if (!piece.empty()) parser_.feed(piece);
  received_ += piece.size();
  http::SseBlock block;
  while (!stream_.path->ended()) {
    const auto got = parser_.next(block);
    if (!got) return got.error();
    if (!*got) break;
    if (!block.has_data) {  // a comment: of the provider's own dialect, so only for its callers
      if (!attempt_.crosses()) stream_.out += block.raw;
      continue;
    }
    has_data_ = true;
    if (auto ok = stream_.path->take(block, stream_.out); !ok) return ok.error();
    if (std::max(received_, stream_.out.size()) > bytes_max) {
      return base::fail(Errc::upstream_too_large, "the answer is larger than response_bytes_max");
    }
    if (stream_.path->has_content() && !attempt_.first_token) {
      if (!may_answer(attempt_)) return lost_race();
      attempt_.first_token = call_.ctx.loop.now();
    }
  }
  return {};
}

Result<void> StreamRelay::on_end() {
  parser_.end();
  if (auto read = read_blocks({}); !read) return read;
  return stream_.path->ended() ? Result<void>{} : stream_.path->close(stream_.out);
}

// Waits for bytes until `until` (error `late` past it).
Task<void> StreamRelay::wait(base::MonoTime until, Errc late) {
  upstream_.connection().bound_reads(0, until);
  upstream_.expire_at(until, late);
  auto ready = co_await upstream_.connection().more();
  co_return ready;
}

Task<void> StreamRelay::read_more() {
  const base::MonoTime begun = attempt_.begun;
  base::MonoTime total = begun + base::milliseconds(timeouts_.total_ms);
  const bool is_final = stream_.begun && !answer_.can_begin_anew();
  if (!is_final) total = std::min(total, call_.ctx.deadline);
  base::MonoTime until = begun + base::milliseconds(timeouts_.first_token_ms);
  Errc late = Errc::timeout_first_token;
  if (stream_.path->has_content()) {
    until = call_.ctx.loop.now() + base::milliseconds(timeouts_.idle_ms);
    late = Errc::timeout_idle;
  }
  if (total < until) {
    until = total;
    late = Errc::timeout_total;
  }
  const std::int64_t alive_ms = call_.route->keep_alive_ms;
  while (stream_.begun && alive_ms > 0) {
    const base::MonoTime alive = stream_.sent_at + base::milliseconds(alive_ms);
    if (alive >= until) break;
    auto ready = co_await wait(alive, Errc::timeout_idle);
    if (ready || call_.ctx.loop.now() < alive) co_return ready;
    stream_.path->keep_alive(stream_.out);
    auto sent = co_await flush();
    if (!sent) co_return sent;
  }
  auto ready = co_await wait(until, late);
  co_return ready;
}

http::ReplyHead StreamRelay::reply_head() const {
  http::ReplyHead head(200);
  const bool as_it_came = !attempt_.rewrites() && !call_.ask.source.as_array;
  pass_reply_headers(upstream_.head().headers, head, as_it_came);
  if (!as_it_came) head.add("content-type", stream_content_type(call_));
  add_ids(call_.ctx, head);
  add_delivery(call_, head);
  add_losses(attempt_, head);
  head.add("cache-control", "no-cache");
  head.add("x-accel-buffering", "no");
  if (call_.wants_trailers) head.add("trailer", "x-headgate-cost-usd");
  return head;
}

// What is held back before the first content is little; a provider that sends much is not waited
// for.
bool StreamRelay::may_begin() const {
  if (call_.route->on_break == OnBreak::buffer) return stream_.path->ended();
  if (stream_.begun || stream_.path->has_content() || stream_.path->ended()) return true;
  const bool at_once = call_.route->stream_begin == StreamBegin::at_once;
  return has_data_ && (at_once || stream_.out.size() > kHeldBytesMax);
}

Task<void> StreamRelay::flush() {
  if (stream_.out.empty() || !may_begin()) co_return Result<void>{};
  if (!stream_.begun) {
    if (!may_answer(attempt_)) co_return lost_race();
    stream_.begun = true;
    call_.reply_status = 200;
    const http::ReplyHead head = reply_head();
    auto begun = co_await answer_.begin(head);
    if (!begun) co_return caller_gone(begun.error());
  }
  auto sent = co_await answer_.piece(stream_.out);
  stream_.out.clear();
  stream_.sent_at = call_.ctx.loop.now();
  if (!sent) co_return caller_gone(sent.error());
  co_return Result<void>{};
}

Task<void> StreamRelay::finish() {
  if (!may_answer(attempt_)) co_return lost_race();
  stream_.path->note(attempt_);
  if (const auto* answer = stream_.path->answer()) {
    tools_.vault.keep(call_.ctx.principal->tenant, *answer, call_.ctx.loop.now());
  }
  auto stored = note_entry(attempt_, stream_.path->answer());
  if (stored) stored = co_await store_entry(attempt_, tools_);
  if (!stored) co_return stored.error();
  stream_.path->release_end(stream_.out);
  if (!stream_.begun) {
    auto flushed = co_await flush();
    if (!flushed) co_return flushed.error();
  }
  call_.settle(tools_);
  stream_.out += stream_.path->farewell();
  std::string trailers;
  if (call_.wants_trailers) trailers = "x-headgate-cost-usd: " + call_.cost_text() + "\r\n";
  auto ended = co_await answer_.end(trailers, stream_.out);
  if (ended) co_await drain_upstream();
  co_return Result<void>{};
}

Failure StreamRelay::broken(Error error) {
  stream_.path->note(attempt_);
  Failure failure = failure_of(std::move(error));
  failure.committed = stream_.begun && !answer_.can_begin_anew();
  return failure;
}

// What follows the last event is the end of the chunked body: read, the connection can be used
// again.
base::Async<void> StreamRelay::drain_upstream() {
  auto& connection = upstream_.connection();
  const base::MonoTime until = call_.ctx.loop.now() + kDrain;
  connection.bound_reads(0, until);
  upstream_.expire_at(until, Errc::timeout_idle);
  while (!connection.done()) {
    const auto piece = connection.take();
    if (!piece) co_return;
    if (!piece->empty() || connection.done()) continue;
    auto ready = co_await connection.more();
    if (!ready) co_return;
  }
}

}  // namespace headgate::gateway
