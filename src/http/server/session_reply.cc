#include <charconv>

#include "http/server/session.h"

namespace headgate::http {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr std::string_view kNothing;

}  // namespace

void Session::compose_head(const ReplyHead& head, std::optional<std::size_t> length) {
  reply_status_ = head.status();
  // Answered without its body, a client may send it all the same or not (RFC 9110 §10.1.1): what
  // would come next on this connection, nobody could tell.
  if (body_state_ == Body::unread && awaits_100()) keep_alive_ = false;
  out_.clear();
  out_ += "HTTP/1.1 ";
  out_ += std::to_string(head.status());
  out_ += ' ';
  out_ += reason_phrase(head.status());
  out_ += "\r\ndate: ";
  out_ += date_.text(loop_.clock().unix_us());
  out_ += "\r\n";
  out_ += head.bytes();
  if (length) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, *length).ptr;
    out_ += "content-length: ";
    out_.append(digits, end);
    out_ += "\r\n";
  } else if (!head_.http10) {
    out_ += "transfer-encoding: chunked\r\n";
  }
  if (!keep_alive_) out_ += "connection: close\r\n";
  out_ += "\r\n";
}

Task<void> Session::send(std::string_view first, std::string_view second) {
  auto sent = co_await transport_.write(first, second);
  if (!sent) {
    reply_state_ = Reply::broken;
    client_gone();
  }
  co_return sent;
}

Task<void> Session::reply(const ReplyHead& head, std::string_view body) {
  if (reply_state_ != Reply::none) co_return fail(Errc::internal, "a reply was already sent");
  if (body_state_ != Body::done) keep_alive_ = keep_alive_ && body_state_ == Body::unread;
  reply_state_ = Reply::done;
  compose_head(head, body.size());
  if (head_.method == Method::head) body = {};
  auto sent = co_await send(out_, body);
  co_return sent;
}

Task<void> Session::start(const ReplyHead& head) {
  if (reply_state_ != Reply::none) co_return fail(Errc::internal, "a reply was already sent");
  reply_state_ = Reply::chunked;
  if (head_.http10) keep_alive_ = false;  // its end is the end of the reply
  compose_head(head, std::nullopt);
  auto sent = co_await send(out_, kNothing);
  co_return sent;
}

void Session::compose_chunk(std::string_view bytes) {
  if (head_.http10) {
    out_ = bytes;
    return;
  }
  char size[20];
  const std::size_t size_bytes = format_chunk_size(bytes.size(), size);
  out_.assign(size, size_bytes);
  out_ += bytes;
  out_ += "\r\n";
}

Task<void> Session::write_chunk(std::string_view bytes) {
  if (bytes.empty()) co_return Result<void>{};
  if (reply_state_ != Reply::chunked) co_return fail(Errc::cancelled, "the reply has ended");
  compose_chunk(bytes);
  auto sent = co_await send(out_, kNothing);
  co_return sent;
}

Task<void> Session::finish(std::string_view trailers, std::string_view last) {
  if (reply_state_ != Reply::chunked) co_return fail(Errc::cancelled, "the reply has ended");
  reply_state_ = Reply::done;
  out_.clear();
  if (!last.empty()) compose_chunk(last);
  if (!head_.http10) {
    out_ += "0\r\n";
    out_ += trailers;
    out_ += "\r\n";
  }
  auto sent = co_await send(out_, kNothing);
  co_return sent;
}

}  // namespace headgate::http
