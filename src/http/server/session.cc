#include "http/server/session.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace headgate::http {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr std::size_t kInBytes = 16 * 1024;
constexpr std::size_t kBodyKeepBytes = 128 * 1024;  // a body buffer kept for the next request
constexpr std::int64_t kLingerMs = 5'000;
constexpr std::size_t kLingerBytes = 64 * 1024 * 1024;

}  // namespace

Session::Session(base::Loop& loop, Transport::Socket socket, SessionConfig& config, HttpDate& date)
    : loop_(loop),
      transport_(loop, std::move(socket)),
      config_(config),
      date_(date),
      timer_(
          loop.wheel(),
          [](void* self) {
            auto* session = static_cast<Session*>(self);
            session->idle_ ? session->park() : session->watch();
          },
          this) {
  transport_.set_write_timeout(config.limits.write_timeout_ms, Errc::client_timeout);
}

Session::~Session() = default;

base::Async<void> Session::run() {
  if (config_.tls) {
    transport_.expire_after(config_.limits.head_timeout_ms, Errc::client_timeout);
    auto secured = co_await transport_.server_handshake(config_.tls);
    if (!secured) co_return;
  }
  co_await serve();
  transport_.close();
}

void Session::drain() {
  draining_ = true;
  keep_alive_ = false;
  if (idle_) transport_.cancel();
}

void Session::close_now() {
  draining_ = true;
  if (cancellation_) cancellation_->cancel();
  transport_.cancel();
}

base::Async<void> Session::serve() {
  while (!draining_) {
    const bool more = co_await wait_for_bytes();
    if (!more) co_return;
    auto head = co_await read_head();
    if (!head) {
      const base::Error error = head.error();
      auto refused = co_await refuse(error);
      if (refused) co_await linger();
      co_return;
    }
    if (!*head) co_return;
    const bool again = co_await handle();
    if (!again) co_return;
  }
}

// Between requests. A connection that stays idle gives its buffers back and waits without any, and
// one that has not said anything yet has none.
base::Async<bool> Session::wait_for_bytes() {
  if (!in_.empty()) co_return true;
  idle_ = true;
  transport_.expire_after(config_.limits.idle_timeout_ms, Errc::client_timeout);
  if (in_.capacity() > 0 || transport_.tls()) {
    timer_.arm(loop_.now() + base::milliseconds(config_.limits.park_after_ms));
    auto n = co_await fill(kInBytes);
    timer_.disarm();
    const bool parked = std::exchange(parking_, false);
    if (n || !parked) {
      idle_ = false;
      co_return n&&* n > 0;
    }
  }
  const bool ready = co_await wait_parked();
  idle_ = false;
  if (!ready) co_return false;
  auto n = co_await fill(kInBytes);
  co_return n&&* n > 0;
}

base::Async<bool> Session::wait_parked() {
  in_.release();
  body_.clear();
  body_.release();
  watched_.release();
  out_.clear();
  out_.shrink_to_fit();
  ++config_.counters.connections_parked;
  auto ready = co_await transport_.wait_readable();
  --config_.counters.connections_parked;
  co_return ready.has_value();
}

void Session::park() {
  parking_ = !transport_.tls();  // TLS keeps bytes of its own; there is little to give back
  if (parking_) transport_.interrupt();
}

Task<std::size_t> Session::fill(std::size_t bytes) {
  const auto room = in_.spare(bytes);
  auto n = co_await transport_.read_some(room);
  if (n) in_.commit(*n);
  co_return n;
}

// true: head_ holds a request; false: the client closed before one was complete.
Task<bool> Session::read_head() {
  const auto& limits = config_.limits;
  transport_.expire_after(limits.head_timeout_ms, Errc::client_timeout);
  std::size_t seen = 0;
  std::size_t end = 0;
  while (true) {
    while (seen == 0 && in_.data().starts_with("\r\n")) in_.consume(2);  // RFC 9112 §2.2
    end = find_head_end(in_.data(), seen);
    if (end > limits.head_bytes_max || (end == 0 && in_.size() > limits.head_bytes_max)) {
      co_return fail(Errc::headers_too_large, "the request's head is larger than " +
                                                  std::to_string(limits.head_bytes_max) + " bytes");
    }
    if (end > 0) break;
    if (is_hopeless(in_.data(), seen))
      co_return fail(Errc::invalid_request, "this is not HTTP/1.1");
    seen = in_.size();
    auto n = co_await fill(1);
    if (!n) co_return n.error();
    if (*n == 0) co_return false;
  }
  head_bytes_ = end;
  body_in_ = 0;
  const HeadLimits head_limits{limits.head_bytes_max, limits.headers_max};
  auto parsed = parse_request_head(in_.data().substr(0, end), head_limits, head_);
  if (!parsed) co_return parsed.error();
  transport_.expire_never();
  co_return true;
}

// Answers what never became a request; the connection ends with it.
Task<void> Session::refuse(const base::Error& error) {
  const bool silent = error.code == Errc::cancelled || error.code == Errc::upstream_reset;
  if (silent || in_.empty()) co_return error;
  ++config_.counters.requests_rejected;
  keep_alive_ = false;
  reply_state_ = Reply::none;
  transport_.expire_after(kLingerMs, Errc::client_timeout);
  ReplyHead head(base::row(error.code).http_status);
  head.add("content-type", "application/json");
  const std::string body = config_.error_body(error);
  head_.method = Method::get;
  auto sent = co_await reply(head, body);
  co_return sent;
}

// Closing with unread bytes would send RST and could take the reply with it: let the client finish.
base::Async<void> Session::linger() {
  transport_.shutdown_send();
  transport_.expire_after(kLingerMs, Errc::client_timeout);
  std::size_t total = 0;
  in_.clear();
  while (total < kLingerBytes) {
    auto n = co_await fill(kInBytes);
    if (!n || *n == 0) co_return;
    total += *n;
    in_.clear();
  }
}

// Serves the request in head_; whether another may follow on this connection.
base::Async<bool> Session::handle() {
  const base::InFlight in_flight(loop_);
  ++config_.counters.requests_active;
  keep_alive_ = head_.keep_alive && !draining_;
  reply_state_ = Reply::none;
  reply_status_ = 0;
  body_state_ = head_.body == BodyKind::none ? Body::done : Body::unread;
  cancellation_.emplace();
  if (body_state_ == Body::done) watch_soon();
  co_await call_handler();
  timer_.disarm();
  co_await stop_watching();
  --config_.counters.requests_active;
  const bool whole = reply_state_ == Reply::done && !cancellation_->cancelled();
  if (whole && body_state_ == Body::unread && !awaits_100()) {
    auto discarded = co_await discard_body();
    if (!discarded) keep_alive_ = false;
  }
  if (whole && body_state_ == Body::failed) keep_alive_ = false;
  if (whole && !keep_alive_ && body_state_ != Body::done) co_await linger();
  cancellation_.reset();
  if (!whole || !keep_alive_) co_return false;
  keep_pipelined();
  body_.clear();
  if (body_.capacity() > kBodyKeepBytes) body_.release();
  co_return true;
}

// What came of the next requests, in the order in which it was read: behind a chunked body, by the
// watch into in_, by the watch when in_ was full.
void Session::keep_pipelined() {
  in_.consume(head_bytes_ + body_in_);
  if (!pipelined_.empty()) {
    pipelined_.append(in_.data());
    in_.clear();
    in_.append(pipelined_);
    pipelined_.clear();
  }
  in_.append(watched_.data());
  watched_.clear();
}

base::Async<void> Session::call_handler() {
  Exchange exchange(*this);
  std::string escaped;
  try {
    co_await config_.handler(exchange);
  } catch (const std::exception& error) {
    escaped = error.what();
  }
  if (!escaped.empty()) config_.on_escape(escaped);
  if (reply_state_ != Reply::none || cancellation_->cancelled()) co_return;
  ReplyHead head(500);
  head.add("content-type", "application/json");
  const base::Error error = fail(Errc::internal, "the server failed to answer this request");
  const std::string body = config_.error_body(error);
  auto sent = co_await reply(head, body);
  if (!sent) client_gone();
}

}  // namespace headgate::http
