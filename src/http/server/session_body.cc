#include <algorithm>

#include "http/server/session.h"

namespace headgate::http {

using base::Errc;
using base::Error;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr std::string_view kNothing;
constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kTrustedBytes = 1024 * 1024;  // room taken at once on a Content-Length's word
constexpr std::size_t kDiscardBytesMax = 256 * 1024;

Error too_large(std::size_t bytes_max) {
  return fail(Errc::payload_too_large,
              "the request body is larger than " + std::to_string(bytes_max) + " bytes");
}

}  // namespace

Error Session::body_error(const Error& error) {
  body_state_ = Body::failed;
  keep_alive_ = false;
  transport_.expire_never();  // the refusal can still be written
  if (error.code == Errc::upstream_reset || error.code == Errc::cancelled) client_gone();
  return error;
}

Task<void> Session::continue_100() {
  const bool wanted = awaits_100() && reply_state_ == Reply::none;
  head_.expect_continue = false;
  if (!wanted) co_return Result<void>{};
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  auto sent = co_await send(kContinue, kNothing);
  co_return sent;
}

void Session::arm_body_read() {
  const auto idle = base::milliseconds(config_.limits.body_idle_timeout_ms);
  transport_.expire_at(std::min(body_until_, loop_.now() + idle), Errc::client_timeout);
}

Task<std::string_view> Session::read_body(std::size_t bytes_max) {
  if (head_.body == BodyKind::none || body_state_ != Body::unread) co_return std::string_view{};
  if (head_.body == BodyKind::length && head_.content_length > bytes_max) {
    co_return body_error(too_large(bytes_max));
  }
  auto ready = co_await continue_100();
  if (!ready) co_return ready.error();
  body_until_ = loop_.now() + base::milliseconds(config_.limits.body_timeout_ms);
  Result<std::string_view> body = std::string_view{};
  if (head_.body == BodyKind::length) {
    body = co_await read_sized(bytes_max);
  } else {
    body = co_await read_chunked(bytes_max);
  }
  if (!body) co_return body_error(body.error());
  transport_.expire_never();
  body_state_ = Body::done;
  watch_soon();
  co_return body;
}

// In place behind the head where it fits, in body_ otherwise: head_ points into in_, which must not
// move.
Task<std::string_view> Session::read_sized(std::size_t) {
  const auto total = static_cast<std::size_t>(head_.content_length);
  const std::size_t have = std::min(in_.size() - head_bytes_, total);
  body_in_ = have;
  if (in_.spare_now().size() >= total - have) {
    while (in_.size() - head_bytes_ < total) {
      const auto room = in_.spare_now();
      arm_body_read();
      auto n = co_await transport_.read_some(room);
      if (!n) co_return n.error();
      if (*n == 0) co_return fail(Errc::cancelled, "the client closed within its body");
      in_.commit(*n);
    }
    body_in_ = total;
    co_return in_.data().substr(head_bytes_, total);
  }
  body_.spare(std::min(total, kTrustedBytes));
  body_.append(in_.data().substr(head_bytes_, have));
  while (body_.size() < total) {
    const std::size_t left = total - body_.size();
    auto room = body_.spare(std::min(left, kReadBytes));
    if (room.size() > left) room = room.first(left);
    arm_body_read();
    auto n = co_await transport_.read_some(room);
    if (!n) co_return n.error();
    if (*n == 0) co_return fail(Errc::cancelled, "the client closed within its body");
    body_.commit(*n);
  }
  co_return body_.data();
}

Task<std::string_view> Session::read_chunked(std::size_t bytes_max) {
  // The raw bytes pass through a buffer of their own, because in_ holds the head and may not move.
  ByteBuffer raw;
  raw.append(in_.data().substr(head_bytes_));
  const std::size_t in_had = raw.size();
  std::size_t consumed = 0;
  ChunkedDecoder decoder;
  while (!decoder.done()) {
    const auto step = decoder.next(raw.data());
    if (!step) co_return step.error();
    if (body_.size() + step->data.size() > bytes_max) co_return too_large(bytes_max);
    body_.append(step->data);
    raw.consume(step->consumed);
    consumed += step->consumed;
    if (step->consumed > 0 || decoder.done()) continue;
    const auto room = raw.spare(kReadBytes);
    arm_body_read();
    auto n = co_await transport_.read_some(room);
    if (!n) co_return n.error();
    if (*n == 0) co_return fail(Errc::cancelled, "the client closed within its body");
    raw.commit(*n);
  }
  // What was read past the end belongs to the next request, which is not looked at before this
  // ends: the rest replaces what stood behind the head.
  if (consumed <= in_had) {
    body_in_ = consumed;
  } else {
    body_in_ = in_had;
    pipelined_.assign(raw.data());
  }
  body_.spare(1);
  co_return body_.data();
}

// A small unread body is read away, so that the connection can serve another request.
Task<void> Session::discard_body() {
  auto body = co_await read_body(kDiscardBytesMax);
  timer_.disarm();
  co_await stop_watching();
  if (!body) co_return body.error();
  co_return Result<void>{};
}

}  // namespace headgate::http
