#include "gateway/stream_relay.h"

#include <algorithm>
#include <utility>

#include "base/async/loop.h"
#include "gateway/headers.h"
#include "llm/openai/bodies.h"

namespace headgate::gateway {

using base::Errc;
using base::Error;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr std::size_t kEventBytesMax = 8 * 1024 * 1024;
constexpr std::string_view kDone = "data: [DONE]\n\n";
constexpr base::Duration kDrain = base::milliseconds(50);

llm::openai::ChatStreamOptions stream_options(const Call& call) {
  llm::openai::ChatStreamOptions options;
  options.usage_is_ours = call.route->inject_usage && !call.request.usage_asked();
  options.gathered_bytes_max = call.catalog->content_bytes_max;
  options.depth_max = call.catalog->json_depth_max;
  return options;
}

}  // namespace

StreamRelay::StreamRelay(Call& call, CallTools& tools, http::ClientCall& upstream,
                         AnswerSink& answer, const Timeouts& timeouts)
    : call_(call),
      tools_(tools),
      upstream_(upstream),
      answer_(answer),
      timeouts_(timeouts),
      parser_(kEventBytesMax),
      stream_(stream_options(call)) {}

Task<void> StreamRelay::run() {
  auto& connection = upstream_.connection();
  while (!ended_) {
    const auto piece = connection.take();
    Result<void> step = Result<void>{};
    if (!piece) {
      step = piece.error();
    } else if (!piece->empty()) {
      step = read_blocks(*piece);
    } else if (connection.done()) {
      parser_.end();
      step = read_blocks({});
      if (step && !ended_) break;
    } else {
      step = co_await flush();
      if (step) step = co_await read_more();
    }
    if (step) continue;
    Error error = step.error();
    auto told = co_await broken(std::move(error));
    co_return told;
  }
  if (stream_.error() || !stream_.finished()) {
    Error error = end_of_stream();
    auto told = co_await broken(std::move(error));
    co_return told;
  }
  auto done = co_await finish();
  co_return done;
}

// Parses what arrived; blocks for the caller are appended to out_.
Result<void> StreamRelay::read_blocks(std::string_view piece) {
  if (!piece.empty()) parser_.feed(piece);
  http::SseBlock block;
  while (!ended_) {
    const auto got = parser_.next(block);
    if (!got) return got.error();
    if (!*got) break;
    if (auto ok = on_block(block); !ok) return ok.error();
  }
  return {};
}

Result<void> StreamRelay::on_block(const http::SseBlock& block) {
  if (!block.has_data) {
    out_ += block.raw;
    return {};
  }
  const auto facts = stream_.on_data(block.data);
  if (!facts) return facts.error();
  has_data_ = true;
  if (facts->content && !call_.first_token) call_.first_token = call_.ctx.loop.now();
  if (facts->error || facts->done) ended_ = true;
  if (facts->strip || facts->done) return {};  // [DONE] is sent by finish(), when all is settled
  const auto& cut = facts->usage_null;
  const auto at = cut.empty() ? std::string_view::npos : block.raw.find(block.data);
  if (at == std::string_view::npos) {
    out_ += block.raw;
  } else {  // byte for byte but for the member that only our own asking has put there
    out_ += block.raw.substr(0, at + cut.begin);
    out_ += block.raw.substr(at + cut.end);
  }
  return {};
}

Task<void> StreamRelay::read_more() {
  auto& connection = upstream_.connection();
  const base::MonoTime total = *call_.attempt_begun + base::milliseconds(timeouts_.total_ms);
  if (stream_.has_content()) {
    connection.bound_reads(timeouts_.idle_ms, total);
  } else {
    const base::MonoTime first =
        *call_.attempt_begun + base::milliseconds(timeouts_.first_token_ms);
    connection.bound_reads(0, total);
    upstream_.expire_at(std::min(first, total),
                        first < total ? Errc::timeout_first_token : Errc::timeout_total);
  }
  auto ready = co_await connection.more();
  co_return ready;
}

http::ReplyHead StreamRelay::reply_head() const {
  http::ReplyHead head(200);
  pass_reply_headers(upstream_.head().headers, head);
  add_ids(call_.ctx, head);
  head.add("cache-control", "no-cache");
  head.add("x-accel-buffering", "no");
  if (call_.wants_trailers) head.add("trailer", "x-headgate-cost-usd");
  return head;
}

Task<void> StreamRelay::flush() {
  if (out_.empty() || !has_data_) co_return Result<void>{};
  if (!begun_) {
    begun_ = true;
    call_.reply_status = 200;
    const http::ReplyHead head = reply_head();
    auto begun = co_await answer_.begin(head);
    if (!begun) co_return begun.error();
  }
  auto sent = co_await answer_.piece(out_);
  out_.clear();
  co_return sent;
}

void StreamRelay::note_answer() {
  call_.usage = stream_.usage();
  call_.model_served = stream_.model();
  call_.response_id = stream_.id();
  if (!stream_.finish_reasons().empty()) call_.finish_reason = stream_.finish_reasons().front();
  call_.output = stream_.text().empty() ? stream_.refusal() : stream_.text();
  const std::string tools = stream_.tool_calls_json();
  if (!call_.output.empty() && !tools.empty()) call_.output += '\n';
  call_.output += tools;
}

Task<void> StreamRelay::finish() {
  note_answer();
  if (!begun_) {
    auto flushed = co_await flush();
    if (!flushed) co_return flushed.error();
  }
  call_.settle(tools_);
  out_ += kDone;
  std::string trailers;
  if (call_.wants_trailers) trailers = "x-headgate-cost-usd: " + call_.cost_text() + "\r\n";
  auto ended = co_await answer_.end(trailers, out_);
  if (ended) co_await drain_upstream();
  co_return Result<void>{};
}

// Why a stream that ended is not a whole answer.
Error StreamRelay::end_of_stream() const {
  if (const auto& error = stream_.error()) {
    return fail(Errc::upstream_status, "the provider failed within its answer: " + error->message);
  }
  return fail(Errc::upstream_truncated, "the provider's stream ended before its answer was whole");
}

// The caller learns of it in the stream when that has begun, and by the status when not.
Task<void> StreamRelay::broken(Error error) {
  note_answer();
  if (!begun_) co_return error;
  call_.error = error;
  call_.settle(tools_);
  // A provider's own error event stands in out_ already.
  if (!stream_.error()) out_ += llm::openai::stream_error_event(error);
  const std::string_view none;
  auto ended = co_await answer_.end(none, out_);
  co_return Result<void>{};
}

// What follows [DONE] is the end of the chunked body: read, the connection can be used again.
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
