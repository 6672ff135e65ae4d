#include "agents/mcp_wire/http_wire.h"

#include <algorithm>
#include <utility>

#include "agents/mcp/object_view.h"
#include "agents/mcp_wire/event_reader.h"
#include "base/async/loop.h"
#include "base/text/strings.h"
#include "base/trace_context.h"

namespace headgate::agents::mcp {

using base::Errc;
using base::fail;
using base::Task;

namespace {

constexpr std::int64_t kRetryMs = 1'000;  // where the server names none
constexpr std::int64_t kRetryMaxMs = 60'000;
constexpr std::size_t kSessionBytesMax = 1024;
constexpr std::size_t kRefusalBytesMax = 64 * 1024;

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

bool is_type(const http::ResponseHead& head, std::string_view type) {
  const std::string_view value = head.headers.get("content-type");
  return base::iequals(base::trim(value.substr(0, value.find(';'))), type);
}

void add(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

// Of a request that the server has begun to answer: nothing may look as if it had not got it.
base::Error of_a_taken_request(const base::Error& error) {
  if (error.code == Errc::cancelled || error.code == Errc::timeout_total) return error;
  return fail(Errc::upstream_truncated,
              "the MCP server's stream ended without an answer: " + error.detail);
}

}  // namespace

WireAnswer answer_of(const Message& message) {
  WireAnswer out;
  if (message.kind == MessageKind::result) {
    out.result = message.result;
    return out;
  }
  const RemoteError error = read_error(message);
  out.error = WireError{error.code, error.message, std::string(error.data)};
  return out;
}

/// One request's answer: which it is, who listens, where its stream stands.
struct HttpWire::Stream {
  const std::string& id;  // empty: none is waited for
  WireListener& listener;
  std::string last_id;
  std::int64_t retry_ms = kRetryMs;
  std::int64_t reconnects = 0;
};

std::string_view HttpWire::path() const { return client_->options().url.path.empty() ? "/" : ""; }

std::string HttpWire::headers(const base::Context& ctx, http::Method method) const {
  std::string out;
  if (method == http::Method::post) {
    add(out, "content-type", "application/json");
    add(out, "accept", "application/json, text/event-stream");
  } else if (method == http::Method::get) {
    add(out, "accept", "text/event-stream");
  }
  if (!version_.empty()) add(out, header::kVersion, version_);
  if (!session_.empty()) add(out, header::kSession, session_);
  if (!ctx.trace.trace.empty()) {
    add(out, "traceparent", base::format_traceparent(ctx.trace, ctx.trace.span));
  }
  if (credentials_ != nullptr) out += credentials_->headers();
  return out;
}

void HttpWire::bound(http::ClientCall& call, const base::Context& ctx) const {
  call.connection().bound_reads(limits_.idle_timeout_ms, ctx.deadline);
}

base::MonoTime HttpWire::within(const base::Context& ctx, std::int64_t ms) {
  return std::min(ctx.deadline, ctx.loop.now() + base::milliseconds(ms));
}

Task<void> HttpWire::start(base::Context& ctx, http::ClientCall& call, const WireRequest& request) {
  if (request.once) call.send_once();
  std::string lines = headers(ctx, http::Method::post);
  for (const HeaderLine& line : request.headers) add(lines, line.name, line.value);
  const std::string body = write_request(request.id, request.method, request.params);
  const std::string_view where = path();
  const base::MonoTime by = within(ctx, limits_.call_timeout_ms);  // what listens has no deadline
  auto started =
      co_await call.start(http::Method::post, where, lines, body, by, Errc::timeout_total);
  if (!started) co_return started;
  const std::string_view session = call.head().headers.get(header::kSession);
  const bool usable = session.size() <= kSessionBytesMax && is_visible(session);
  if (request.method == method::kInitialize && usable) session_ = session;
  co_return started;
}

// The server may close a stream in order to be asked again, or the network did.
Task<void> HttpWire::start_again(base::Context& ctx, http::ClientCall& call, Stream& stream) {
  const bool may = !stream.last_id.empty() && stream.reconnects < limits_.reconnects_max;
  if (!may) {
    co_return fail(Errc::upstream_truncated, "it cannot be taken up again");
  }
  ++stream.reconnects;
  const base::MonoTime at =
      std::min(ctx.deadline, ctx.loop.now() + base::milliseconds(stream.retry_ms));
  co_await base::sleep_until(ctx.loop, at, ctx.cancellation);
  if (ctx.cancellation.cancelled()) co_return fail(Errc::cancelled, "the caller went away");
  std::string lines = headers(ctx, http::Method::get);
  add(lines, "last-event-id", stream.last_id);
  const std::string_view where = path();
  const std::string_view nothing;
  auto started = co_await call.start(http::Method::get, where, lines, nothing, ctx.deadline,
                                     Errc::timeout_total);
  co_return started;
}

Task<WireAnswer> HttpWire::request(base::Context& ctx, const WireRequest& request,
                                   WireListener& listener) {
  Stream stream{request.id, listener, {}, kRetryMs, 0};
  auto call = std::make_unique<http::ClientCall>(client_, ctx.cancellation);
  auto started = co_await start(ctx, *call, request);
  if (!started) co_return started.error();
  auto answer = co_await read_answer(ctx, *call, stream);
  while (answer && !*answer) {
    call = std::make_unique<http::ClientCall>(client_, ctx.cancellation);
    started = co_await start_again(ctx, *call, stream);
    if (!started) co_return of_a_taken_request(started.error());
    answer = co_await read_on(ctx, *call, stream);
  }
  if (!answer) co_return answer.error();
  co_return std::move(**answer);
}

// The request was taken long ago: a status says nothing of it, only of its stream.
Task<HttpWire::MaybeAnswer> HttpWire::read_on(base::Context& ctx, http::ClientCall& call,
                                              Stream& stream) {
  bound(call, ctx);
  const http::ResponseHead& head = call.head();
  if (head.status != 200 || !is_type(head, "text/event-stream")) {
    co_return fail(Errc::upstream_truncated,
                   "the MCP server's stream ended without an answer, and it does not go on with "
                   "it: status " +
                       std::to_string(head.status));
  }
  auto answer = co_await read_events(ctx, call, stream);
  co_return answer;
}

Task<HttpWire::MaybeAnswer> HttpWire::read_answer(base::Context& ctx, http::ClientCall& call,
                                                  Stream& stream) {
  bound(call, ctx);
  const http::ResponseHead& head = call.head();
  if (head.status == 200 && is_type(head, "text/event-stream")) {
    auto answer = co_await read_events(ctx, call, stream);
    co_return answer;
  }
  const int status = head.status;
  const std::string challenge(head.headers.get("www-authenticate"));
  auto answer = co_await read_json(call, stream);
  if (!answer) co_return answer.error();
  answer->http_status = status;
  answer->challenge = challenge;
  co_return std::optional(std::move(*answer));
}

// A refusal need not be JSON-RPC: then there is neither a result nor an error in the answer.
Task<WireAnswer> HttpWire::read_json(http::ClientCall& call, Stream& stream) {
  const int status = call.head().status;
  const bool refused = status >= 400;
  const auto bytes_max =
      refused ? kRefusalBytesMax : static_cast<std::size_t>(limits_.message_bytes_max);
  const bool is_json = is_type(call.head(), "application/json");
  auto body = co_await call.connection().read_all(bytes_max);
  if (!body) co_return body.error();
  const MessageRead read = read_message(is_json ? *body : std::string_view());
  const Message& message = read.message;
  const bool answers =
      !read.wrong && (message.kind == MessageKind::error ||
                      (message.kind == MessageKind::result && message.id == stream.id));
  if (answers) co_return answer_of(message);
  if (refused) co_return WireAnswer{};
  const std::string why = read.wrong ? read.wrong->message : "it is no response to the request";
  co_return fail(Errc::upstream_malformed,
                 "the MCP server's answer (status " + std::to_string(status) + "): " + why);
}

Task<HttpWire::MaybeAnswer> HttpWire::read_events(base::Context& ctx, http::ClientCall& call,
                                                  Stream& stream) {
  EventReader events(call.connection(), static_cast<std::size_t>(limits_.message_bytes_max));
  while (true) {
    auto event = co_await events.next();
    if (!events.last_id().empty()) stream.last_id = events.last_id();
    stream.retry_ms =
        std::clamp<std::int64_t>(events.retry_ms().value_or(stream.retry_ms), 0, kRetryMaxMs);
    const bool broken = !event && event.error().code != Errc::upstream_truncated;
    if (broken) co_return event.error();
    if (!event || !*event) co_return std::optional<WireAnswer>();
    stream.reconnects = 0;
    const std::string text(**event);  // questions are answered while more events come
    const MessageRead read = read_message(text);
    if (read.wrong) co_return fail(Errc::upstream_malformed, "an event: " + read.wrong->message);
    const Message& message = read.message;
    if (message.kind == MessageKind::notification) {
      stream.listener.told(message);
    } else if (message.kind == MessageKind::request) {
      co_await answer_question(ctx, message, stream);
    } else if (!stream.id.empty() && message.id == stream.id) {
      co_return std::optional(answer_of(message));
    }
  }
}

base::Async<void> HttpWire::answer_question(base::Context& ctx, const Message& question,
                                            Stream& stream) {
  auto result = co_await stream.listener.asked(ctx, question);
  RpcError error{RpcCode::method_not_found, "", ""};
  if (!result) error.message = result.error().detail;
  const std::string reply =
      result ? write_result(question.id, *result) : write_error(question.id, error);
  base::Context sending = ctx;  // which may have no deadline: more events wait behind this
  sending.deadline = within(ctx, limits_.connect_timeout_ms);
  auto sent = co_await send(sending, reply);
}

Task<void> HttpWire::send(base::Context& ctx, const std::string& message) {
  http::ClientCall call(client_, ctx.cancellation);
  const std::string lines = headers(ctx, http::Method::post);
  const std::string_view where = path();
  auto started = co_await call.start(http::Method::post, where, lines, message, ctx.deadline,
                                     Errc::timeout_total);
  if (!started) co_return started.error();
  bound(call, ctx);
  const int status = call.head().status;
  auto body = co_await call.connection().read_all(kRefusalBytesMax);
  if (!body) co_return body.error();
  if (status >= 300) {
    co_return fail(Errc::upstream_status,
                   "the MCP server refused a message: status " + std::to_string(status));
  }
  co_return base::Result<void>{};
}

Task<void> HttpWire::listen(base::Context& ctx, WireListener& listener) {
  const std::string none;
  Stream stream{none, listener, {}, kRetryMs, 0};
  http::ClientCall call(client_, ctx.cancellation);
  const std::string lines = headers(ctx, http::Method::get);
  const std::string_view where = path();
  const std::string_view nothing;
  const base::MonoTime by = within(ctx, limits_.connect_timeout_ms);
  auto started =
      co_await call.start(http::Method::get, where, lines, nothing, by, Errc::timeout_total);
  if (!started) co_return started.error();
  const http::ResponseHead& head = call.head();
  if (head.status != 200 || !is_type(head, "text/event-stream")) co_return base::Result<void>{};
  call.connection().bound_reads(0, base::MonoTime::max());
  call.connection().transport().expire_never();
  listener.opened();
  auto ended = co_await read_events(ctx, call, stream);
  co_return ended ? base::Result<void>{} : base::Result<void>(ended.error());
}

Task<void> HttpWire::close(base::Context& ctx) {
  if (session_.empty()) co_return base::Result<void>{};
  http::ClientCall call(client_, ctx.cancellation);
  const std::string lines = headers(ctx, http::Method::del);
  const std::string_view where = path();
  const std::string_view nothing;
  auto started = co_await call.start(http::Method::del, where, lines, nothing, ctx.deadline,
                                     Errc::timeout_total);
  session_.clear();
  co_return started;
}

}  // namespace headgate::agents::mcp
