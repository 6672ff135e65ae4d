#include "gateway/carry/stream_relay.h"

#include <algorithm>
#include <utility>

#include "base/async/loop.h"
#include "gateway/carry/refusal.h"
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

}  // namespace

StreamRelay::StreamRelay(Call& call, CallTools& tools, http::ClientCall& upstream,
                         AnswerSink& answer, const Timeouts& timeouts)
    : call_(call),
      tools_(tools),
      upstream_(upstream),
      answer_(answer),
      timeouts_(timeouts),
      parser_(kEventBytesMax),
      path_(make_stream_path(call)),
      sent_at_(call.ctx.loop.now()) {}

Task<void> StreamRelay::run() {
  auto& connection = upstream_.connection();
  while (!path_->ended()) {
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
    Error error = step.error();
    auto told = co_await broken(std::move(error));
    co_return told;
  }
  if (const auto said = path_->error()) {
    Error error = provider_failure(*said, Errc::upstream_status);
    auto told = co_await broken(std::move(error));
    co_return told;
  }
  auto done = co_await finish();
  co_return done;
}

// Parses what arrived; what the caller gets of it is appended to out_.
Result<void> StreamRelay::read_blocks(std::string_view piece) {
  if (!piece.empty()) parser_.feed(piece);
  http::SseBlock block;
  while (!path_->ended()) {
    const auto got = parser_.next(block);
    if (!got) return got.error();
    if (!*got) break;
    if (!block.has_data) {  // a comment: of the provider's own dialect, so only for its callers
      if (!call_.crosses()) out_ += block.raw;
      continue;
    }
    has_data_ = true;
    if (auto ok = path_->take(block, out_); !ok) return ok.error();
    if (path_->has_content() && !call_.attempt().first_token) {
      call_.attempt().first_token = call_.ctx.loop.now();
    }
  }
  return {};
}

Result<void> StreamRelay::on_end() {
  parser_.end();
  if (auto read = read_blocks({}); !read) return read;
  return path_->ended() ? Result<void>{} : path_->close(out_);
}

// Waits for bytes until `until` (error `late` past it).
Task<void> StreamRelay::wait(base::MonoTime until, Errc late) {
  upstream_.connection().bound_reads(0, until);
  upstream_.expire_at(until, late);
  auto ready = co_await upstream_.connection().more();
  co_return ready;
}

Task<void> StreamRelay::read_more() {
  const base::MonoTime begun = call_.attempt().begun;
  const base::MonoTime total = begun + base::milliseconds(timeouts_.total_ms);
  base::MonoTime until = begun + base::milliseconds(timeouts_.first_token_ms);
  Errc late = Errc::timeout_first_token;
  if (path_->has_content()) {
    until = call_.ctx.loop.now() + base::milliseconds(timeouts_.idle_ms);
    late = Errc::timeout_idle;
  }
  if (total < until) {
    until = total;
    late = Errc::timeout_total;
  }
  const std::int64_t alive_ms = call_.route->keep_alive_ms;
  while (begun_ && alive_ms > 0) {
    const base::MonoTime alive = sent_at_ + base::milliseconds(alive_ms);
    if (alive >= until) break;
    auto ready = co_await wait(alive, Errc::timeout_idle);
    if (ready || call_.ctx.loop.now() < alive) co_return ready;
    path_->keep_alive(out_);
    auto sent = co_await flush();
    if (!sent) co_return sent;
  }
  auto ready = co_await wait(until, late);
  co_return ready;
}

http::ReplyHead StreamRelay::reply_head() const {
  http::ReplyHead head(200);
  const bool as_it_came = !call_.rewrites() && !call_.ask.source.as_array;
  pass_reply_headers(upstream_.head().headers, head, as_it_came);
  if (!as_it_came) head.add("content-type", stream_content_type(call_));
  add_ids(call_.ctx, head);
  add_losses(call_, head);
  head.add("cache-control", "no-cache");
  head.add("x-accel-buffering", "no");
  if (call_.wants_trailers) head.add("trailer", "x-headgate-cost-usd");
  return head;
}

// What is held back before the first content is little; a provider that sends much is not waited
// for.
bool StreamRelay::may_begin() const {
  if (begun_ || path_->has_content() || path_->ended()) return true;
  const bool at_once = call_.route->stream_begin == StreamBegin::at_once;
  return has_data_ && (at_once || out_.size() > kHeldBytesMax);
}

Task<void> StreamRelay::flush() {
  if (out_.empty() || !may_begin()) co_return Result<void>{};
  if (!begun_) {
    begun_ = true;
    call_.reply_status = 200;
    const http::ReplyHead head = reply_head();
    auto begun = co_await answer_.begin(head);
    if (!begun) co_return begun.error();
  }
  auto sent = co_await answer_.piece(out_);
  out_.clear();
  sent_at_ = call_.ctx.loop.now();
  co_return sent;
}

Task<void> StreamRelay::finish() {
  path_->note(call_);
  if (const auto* answer = path_->answer()) {
    tools_.vault.keep(call_.ctx.principal->tenant, *answer, call_.ctx.loop.now());
  }
  auto stored = note_entry(call_, path_->answer());
  if (stored) stored = co_await store_entry(call_, tools_);
  if (!stored) {
    Error error = stored.error();
    auto told = co_await broken(std::move(error));
    co_return told;
  }
  path_->release(out_);
  if (!begun_) {
    auto flushed = co_await flush();
    if (!flushed) co_return flushed.error();
  }
  call_.settle(tools_);
  out_ += path_->farewell();
  std::string trailers;
  if (call_.wants_trailers) trailers = "x-headgate-cost-usd: " + call_.cost_text() + "\r\n";
  auto ended = co_await answer_.end(trailers, out_);
  if (ended) co_await drain_upstream();
  co_return Result<void>{};
}

// The caller learns of it in the stream when that has begun, and by the status when not.
Task<void> StreamRelay::broken(Error error) {
  path_->note(call_);
  if (!begun_) co_return error;
  call_.error = error;
  call_.settle(tools_);
  // A provider's own error stands in out_ already, in the caller's dialect.
  if (!path_->error()) path_->fail(error, out_);
  const std::string_view none;
  auto ended = co_await answer_.end(none, out_);
  co_return Result<void>{};
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
