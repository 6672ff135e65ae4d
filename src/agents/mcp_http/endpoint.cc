#include "agents/mcp_http/endpoint.h"

#include <utility>

#include "agents/mcp_http/call_stream.h"
#include "agents/mcp_http/event_stream.h"
#include "agents/mcp_http/reply.h"
#include "agents/mcp_server/methods.h"
#include "base/trace_context.h"

namespace headgate::agents::mcp {

using base::Async;

namespace {

constexpr std::string_view kAllow = "GET, POST, DELETE";

RpcError refusal(int http_status, std::string what) {
  return {RpcCode::invalid_request, std::move(what), {}, http_status};
}

std::optional<std::string_view> field(const http::Headers& headers, std::string_view name) {
  if (!headers.has(name)) return std::nullopt;
  return headers.get(name);
}

Sessions::Limits session_limits(const ServerConfig& config) {
  return {static_cast<std::size_t>(config.limits.sessions_max),
          static_cast<std::size_t>(config.limits.sessions_per_key_max),
          base::milliseconds(config.limits.session_idle_ms),
          static_cast<std::size_t>(config.limits.subscriptions_max)};
}

StateSealer sealer_of(std::string_view secret) {
  return secret.empty() ? StateSealer() : StateSealer(secret);
}

// The caller's context with work that can be cancelled by itself, and the trace that `_meta` names:
// it counts more than HTTP's, which a proxy on the way may have begun.
base::Context work_context(const base::Context& from, base::Cancellation& work,
                           const RequestMeta& meta) {
  base::Context out{from.loop, work};
  out.principal = from.principal;
  out.trace = from.trace;
  out.request_id = from.request_id;
  out.user = from.user;
  out.session = from.session;
  out.workflow = from.workflow;
  if (const auto trace = base::parse_traceparent(meta.traceparent)) {
    out.trace.trace = trace->trace;
    out.trace.parent = trace->parent;
    out.trace.sampled = trace->sampled;
    out.trace.state = meta.tracestate;
  }
  return out;
}

/// A request of a session while it is under way, so that the client can cancel it.
class Running {
 public:
  Running(std::shared_ptr<Session> session, std::string id, std::function<void()> stop)
      : session_(std::move(session)), id_(std::move(id)) {
    if (session_) session_->begin(id_, std::move(stop));
  }
  ~Running() {
    if (session_) session_->end(id_);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  std::shared_ptr<Session> session_;
  std::string id_;
};

int log_severity(const RequestMeta& meta, const Session* session) {
  if (session != nullptr) return session->log_severity();
  return severity(meta.log_level).value_or(-1);
}

}  // namespace

/// One POST: what came, read.
struct Endpoint::Request {
  http::Exchange& exchange;
  base::Context& ctx;
  LoopTools& tools;
  Accepts accepts;
  Message message;
  RequestMeta meta;
  HeaderFields headers;
};

Endpoint::Endpoint(const ServerConfig& config, const Hosts& hosts, ChangeFeed& changes,
                   std::string_view state_secret)
    : state_{config, hosts, changes, sealer_of(state_secret), Sessions(session_limits(config)), {}},
      streams_(static_cast<std::size_t>(config.limits.streams_max)) {}

void Endpoint::end_streams() { streams_.end_all(); }

Async<void> Endpoint::serve(http::Exchange& exchange, base::Context& ctx, LoopTools& tools) {
  switch (exchange.request().method) {
    case http::Method::post: co_await post(exchange, ctx, tools); break;
    case http::Method::get: co_await get(exchange, ctx); break;
    case http::Method::del: co_await remove(exchange, ctx); break;
    default: {
      const RpcError error = refusal(405, "Method not allowed");
      const std::string_view no_id;
      co_await reply_error(exchange, ctx, no_id, error, kAllow);
    }
  }
}

Async<void> Endpoint::post(http::Exchange& exchange, base::Context& ctx, LoopTools& tools) {
  const http::Headers& headers = exchange.request().headers;
  Request request{exchange, ctx, tools, accepted_by(headers), {}, {}, {}};
  std::optional<RpcError> wrong;
  if (!request.accepts.json && !request.accepts.events) {
    wrong = refusal(406, "Not acceptable: Accept must have application/json or text/event-stream");
  } else if (!has_json_body(headers)) {
    wrong = refusal(415, "Unsupported media type: send application/json");
  }
  if (!wrong) {
    auto body =
        co_await exchange.read_body(static_cast<std::size_t>(state_.config.limits.body_bytes_max));
    if (!body) {
      wrong = refusal(base::row(body.error().code).http_status, body.error().detail);
    } else {
      MessageRead read = read_message(*body);
      request.message = std::move(read.message);
      wrong = std::move(read.wrong);
    }
  }
  if (wrong) {
    co_await reply_error(exchange, ctx, request.message.id, *wrong);
    co_return;
  }
  request.meta = read_meta(request.message.params);
  request.headers = {field(headers, header::kVersion), field(headers, header::kMethod),
                     field(headers, header::kName)};
  if (era_of(request.headers, request.meta) == Era::modern) {
    ++state_.stats.requests_modern;
    co_await modern(request);
  } else {
    ++state_.stats.requests_legacy;
    co_await legacy(request);
  }
}

Async<void> Endpoint::modern(Request& request) {
  const Message& message = request.message;
  std::optional<RpcError> wrong;
  if (message.kind == MessageKind::notification) {
    co_await reply_status(request.exchange, request.ctx, 202);
    co_return;
  }
  if (message.kind != MessageKind::request) {
    wrong = refusal(400, "Invalid request: clients of this revision send no responses");
  } else {
    wrong = check_modern(request.headers, message, request.meta);
  }
  if (wrong) {
    co_await reply_error(request.exchange, request.ctx, message.id, *wrong);
  } else if (message.method == method::kListen) {
    co_await listen(request);
  } else {
    co_await run(request, nullptr);
  }
}

Async<void> Endpoint::legacy(Request& request) {
  const Message& message = request.message;
  if (message.kind == MessageKind::request && message.method == method::kInitialize) {
    co_await begin_session(request);
    co_return;
  }
  const auto id = field(request.exchange.request().headers, header::kSession);
  std::shared_ptr<Session> session;
  if (id) {
    session = state_.sessions.find(*id, request.ctx.principal->key_id, request.ctx.loop.now());
  }
  if (!session) {
    const RpcError error = id ? refusal(404, "Session not found: initialize again")
                              : refusal(400, "Mcp-Session-Id is missing: initialize first");
    co_await reply_error(request.exchange, request.ctx, message.id, error);
    co_return;
  }
  if (message.kind == MessageKind::request) {
    co_await run(request, std::move(session));
    co_return;
  }
  if (message.kind == MessageKind::notification) {
    take_notification(*session, message);
  } else if (message.kind == MessageKind::result) {
    session->answer(std::string(message.id), std::string(message.result));
  } else {
    const RemoteError error = read_error(message);
    session->answer(std::string(message.id), base::fail(base::Errc::invalid_request,
                                                        "the client answers: " + error.message));
  }
  co_await reply_status(request.exchange, request.ctx, 202);
}

Async<void> Endpoint::begin_session(Request& request) {
  Initialized begun = initialize(state_, request.ctx, request.message);
  if (begun.reply.error) {
    co_await reply_error(request.exchange, request.ctx, request.message.id, *begun.reply.error);
    co_return;
  }
  const bool as_json = request.accepts.json;
  http::ReplyHead head =
      as_json ? reply_head(request.ctx, 200, "application/json") : event_head(request.ctx);
  head.add("mcp-session-id", begun.session->id());
  const std::string message = write_result(request.message.id, begun.reply.result);
  const std::string body = as_json ? message : event_of(message);
  auto sent = co_await request.exchange.reply(head, body);
}

Async<void> Endpoint::run(Request& request, std::shared_ptr<Session> session) {
  const auto work = std::make_shared<base::Cancellation>();
  const base::Cancellation::Callback gone(
      request.exchange.cancellation(),
      [](void* target) { static_cast<base::Cancellation*>(target)->cancel(); }, work.get());
  const Running running(session, std::string(request.message.id),
                        stop_on_loop(request.ctx.loop, work));
  base::Context ctx = work_context(request.ctx, *work, request.meta);
  const auto timeout = base::milliseconds(state_.config.limits.call_timeout_ms);
  ctx.deadline = ctx.loop.now() + timeout;
  CallStreamOptions options;
  options.id = request.message.id;
  options.era = session ? Era::legacy : Era::modern;
  options.accepts = request.accepts;
  options.progress = request.meta.progress;
  options.log_severity = log_severity(request.meta, session.get());
  options.deadline = ctx.deadline;
  CallStream stream(request.exchange, ctx, state_, work, session, std::move(options));
  const http::Headers& headers = request.exchange.request().headers;
  RpcRequest rpc{ctx,
                 state_,
                 request.tools,
                 request.message,
                 request.meta,
                 session ? Era::legacy : Era::modern,
                 session ? session->facts().version : request.meta.version,
                 session ? session->facts().features : request.meta.features,
                 stream,
                 session,
                 [&headers](std::string_view name) { return field(headers, name); }};
  base::Async<RpcReply> answered = answer(rpc);
  co_await stream.carry(std::move(answered));
}

Async<void> Endpoint::listen(Request& request) {
  const auto telling = listen_telling(state_, request.message);
  std::optional<RpcError> wrong;
  if (!telling) {
    wrong = invalid_params(telling.error().detail);
  } else if (!request.accepts.events) {
    wrong = refusal(406, "Not acceptable: Accept must have text/event-stream");
  }
  if (wrong) {
    co_await reply_error(request.exchange, request.ctx, request.message.id, *wrong);
    co_return;
  }
  co_await tell(request.exchange, request.ctx, *telling, nullptr);
}

Async<void> Endpoint::tell(http::Exchange& exchange, base::Context& ctx, const Telling& telling,
                           std::shared_ptr<Session> session) {
  const auto stop = std::make_shared<base::Cancellation>();
  const base::Cancellation::Callback gone(
      exchange.cancellation(),
      [](void* target) { static_cast<base::Cancellation*>(target)->cancel(); }, stop.get());
  const OpenStreams::Seat seat(streams_, stop_on_loop(ctx.loop, stop));
  const bool opened =
      seat.taken() && (!session || session->open_stream(stop_on_loop(ctx.loop, stop)));
  if (!opened) {
    ++state_.stats.refused_busy;
    const RpcError error = seat.taken() ? refusal(409, "the session has a stream already")
                                        : refusal(503, "too many streams are open");
    const std::string_view no_id;
    co_await reply_error(exchange, ctx, no_id, error);
    co_return;
  }
  co_await tell_changes(exchange, ctx, state_, telling, stop);
  if (session) session->close_stream();
}

Async<void> Endpoint::get(http::Exchange& exchange, base::Context& ctx) {
  const http::Headers& headers = exchange.request().headers;
  const auto id = field(headers, header::kSession);
  const auto version = field(headers, header::kVersion);
  std::shared_ptr<Session> session;
  if (id) session = state_.sessions.find(*id, ctx.principal->key_id, ctx.loop.now());
  std::optional<RpcError> wrong;
  if (!id) {
    wrong = version == kModern ? refusal(405, "Method not allowed: this revision has no GET")
                               : refusal(400, "Mcp-Session-Id is missing: initialize first");
  } else if (!session) {
    wrong = refusal(404, "Session not found: initialize again");
  } else if (!accepted_by(headers).events) {
    wrong = refusal(406, "Not acceptable: Accept must have text/event-stream");
  }
  if (wrong) {
    const std::string_view no_id;
    co_await reply_error(exchange, ctx, no_id, *wrong, wrong->http_status == 405 ? "POST" : "");
    co_return;
  }
  const Telling telling = session_telling(session);
  co_await tell(exchange, ctx, telling, std::move(session));
}

Async<void> Endpoint::remove(http::Exchange& exchange, base::Context& ctx) {
  const http::Headers& headers = exchange.request().headers;
  const auto id = field(headers, header::kSession);
  if (id && state_.sessions.remove(*id, ctx.principal->key_id)) {
    co_await reply_status(exchange, ctx, 204);
    co_return;
  }
  const bool is_modern = field(headers, header::kVersion) == kModern;
  const RpcError error = id          ? refusal(404, "Session not found")
                         : is_modern ? refusal(405, "Method not allowed: there are no sessions")
                                     : refusal(400, "Mcp-Session-Id is missing");
  const std::string_view no_id;
  const std::string_view allow = error.http_status == 405 ? "POST" : "";
  co_await reply_error(exchange, ctx, no_id, error, allow);
}

}  // namespace headgate::agents::mcp
