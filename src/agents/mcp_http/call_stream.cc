#include "agents/mcp_http/call_stream.h"

#include <algorithm>
#include <utility>

#include "base/async/handoff.h"
#include "base/async/task_group.h"
#include "base/json/writer.h"

namespace headgate::agents::mcp {

using base::Async;
using base::Errc;
using base::fail;
using base::Task;

namespace {

constexpr std::string_view kKeepAlive = ":\n\n";

std::string number(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

}  // namespace

CallStream::CallStream(http::Exchange& exchange, base::Context& ctx, ServerState& server,
                       std::shared_ptr<base::Cancellation> work, std::shared_ptr<Session> session,
                       CallStreamOptions options)
    : exchange_(exchange),
      ctx_(ctx),
      server_(server),
      work_(std::move(work)),
      session_(std::move(session)),
      options_(std::move(options)),
      outbox_(ctx.loop, kMessagesMax),
      last_write_(ctx.loop.now()) {}

void CallStream::put(std::string message) {
  const bool told = options_.accepts.events && !gone_ && outbox_.put(std::move(message));
  if (!told) ++server_.stats.events_dropped;
}

void CallStream::progress(double progress, std::optional<double> total, std::string_view message) {
  if (options_.progress.empty() || !(progress > last_progress_)) return;
  last_progress_ = progress;
  std::string params;
  base::json::Writer writer(params);
  writer.begin_object();
  writer.member_raw("progressToken", options_.progress);
  writer.member_raw("progress", number(progress));
  if (total) writer.member_raw("total", number(*total));
  if (!message.empty()) writer.member("message", message);
  writer.end_object();
  put(write_notification(method::kProgress, params));
}

void CallStream::log(std::string_view level, std::string_view logger, std::string_view data) {
  const auto how = severity(level);
  if (!how || *how > options_.log_severity) return;
  std::string params;
  base::json::Writer writer(params);
  writer.begin_object();
  writer.member("level", level);
  if (!logger.empty()) writer.member("logger", logger);
  writer.member_raw("data", data);
  writer.end_object();
  put(write_notification(method::kLogMessage, params));
}

Task<std::string> CallStream::ask(std::string_view method, std::string_view params) {
  if (!session_ || !options_.accepts.events) {
    co_return fail(Errc::invalid_request,
                   "the client takes no questions: its Accept has no "
                   "text/event-stream");
  }
  base::Handoff<std::string> answer(ctx_.loop, *work_);
  const std::string id = session_->expect(answer.receiver());
  put(write_request(id, method, params));
  auto result = co_await answer;
  session_->forget(id);
  co_return result;
}

Async<void> CallStream::run(Async<RpcReply> work) {
  auto reply = co_await work;
  reply_ = std::move(reply);
  outbox_.wake();
}

base::MonoTime CallStream::next_look() const {
  const auto silent = base::milliseconds(server_.config.limits.keepalive_ms);
  base::MonoTime at = late_ ? base::MonoTime::max() : options_.deadline;
  if (options_.accepts.events && !gone_) at = std::min(at, last_write_ + silent);
  return at;
}

void CallStream::look_at_clock() {
  if (reply_ || late_ || ctx_.loop.now() < options_.deadline) return;
  late_ = true;
  work_->cancel();
}

Async<void> CallStream::carry(Async<RpcReply> work) {
  base::TaskGroup tasks(ctx_.loop, [this](std::string_view what) {
    reply_ =
        RpcReply(RpcError{RpcCode::internal_error, "internal error: " + std::string(what), {}});
    outbox_.wake();
  });
  base::Cancellation never;
  tasks.spawn(run(std::move(work)));
  while (!reply_) {
    const base::MonoTime until = next_look();
    co_await outbox_.wait(until, never);
    look_at_clock();
    co_await flush();
    co_await keep_alive();
  }
  co_await flush();
  co_await end();
}

Async<void> CallStream::flush() {
  std::string bytes;
  while (!outbox_.empty()) bytes += event_of(outbox_.take());
  if (!bytes.empty()) co_await send_events(std::move(bytes));
}

Async<void> CallStream::keep_alive() {
  const auto silent = base::milliseconds(server_.config.limits.keepalive_ms);
  const bool due = options_.accepts.events && ctx_.loop.now() - last_write_ >= silent;
  if (reply_ || gone_ || !due) co_return;
  std::string comment(kKeepAlive);
  co_await send_events(std::move(comment));
}

Async<void> CallStream::send_events(std::string bytes) {
  if (gone_) co_return;
  last_write_ = ctx_.loop.now();
  if (!exchange_.started()) {
    const http::ReplyHead head = event_head(ctx_);
    auto begun = co_await exchange_.start(head);
    gone_ = !begun;
  }
  if (gone_) co_return;
  auto sent = co_await exchange_.write(bytes);
  gone_ = !sent;
}

Async<void> CallStream::end() {
  if (gone_ || exchange_.cancellation().cancelled()) co_return;
  RpcReply reply = std::move(*reply_);
  if (late_) reply = RpcError{RpcCode::internal_error, "the request took too long", {}};
  if (static_cast<std::int64_t>(reply.result.size()) > server_.config.limits.result_bytes_max) {
    reply = RpcError{RpcCode::internal_error, "the result is larger than this server sends", {}};
  }
  const bool wanted = late_ || !work_->cancelled();  // else the client has cancelled it
  const std::string message = reply.error ? write_error(options_.id, *reply.error)
                                          : write_result(options_.id, reply.result);
  if (exchange_.started() || !options_.accepts.json || !wanted) {
    const std::string_view none;
    std::string event = wanted ? event_of(message) : std::string(kKeepAlive);
    co_await send_events(std::move(event));
    auto sent = co_await exchange_.finish(none, none);
    co_return;
  }
  const bool plain = !reply.error || options_.era == Era::legacy;
  const http::ReplyHead head =
      reply_head(ctx_, plain ? 200 : reply.error->http_status, "application/json");
  auto sent = co_await exchange_.reply(head, message);
}

}  // namespace headgate::agents::mcp
