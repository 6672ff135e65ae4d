#include "http/transport.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <utility>

namespace headgate::http {

using base::Errc;
using base::Error;
using base::fail;
using base::Result;
using base::Task;
using boost::system::error_code;

namespace {

auto into(error_code& error) { return asio::redirect_error(base::kAwait, error); }

bool is_end(const error_code& error) {
  return error == asio::error::eof || error == asio::ssl::error::stream_truncated;
}

}  // namespace

Transport::Transport(base::Loop& loop, Socket socket)
    : loop_(loop),
      socket_(std::move(socket)),
      timer_(
          loop.wheel(), [](void* self) { static_cast<Transport*>(self)->expired(); }, this) {
  if (socket_.is_open()) set_options();
}

void Transport::set_options() {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

Task<void> Transport::connect(const asio::ip::tcp::endpoint& endpoint) {
  error_code error;
  if (expired_ || cancelled_) co_return error_of(error, "connecting");
  socket_.close(error);
  socket_.open(endpoint.protocol(), error);
  if (error) co_return fail(Errc::upstream_connect, "no socket: " + error.message());
  auto token = into(error);
  co_await socket_.async_connect(endpoint, token);
  if (expired_ || cancelled_) co_return error_of(error, "connecting");
  if (error) co_return fail(Errc::upstream_connect, error.message());
  set_options();
  co_return Result<void>{};
}

void Transport::expire_at(base::MonoTime at, Errc error) {
  expiry_ = error;
  expired_ = false;
  timer_.arm(at);
}

void Transport::expire_after(std::int64_t ms, Errc error) {
  expire_at(loop_.now() + base::milliseconds(ms), error);
}

void Transport::expired() {
  expired_ = true;
  interrupt();
}

void Transport::interrupt() {
  error_code ignored;
  socket().cancel(ignored);
  if (on_interrupt_) on_interrupt_();
}

std::optional<Error> Transport::stopped() const {
  if (!expired_ && !cancelled_) return std::nullopt;
  return error_of({}, "connecting");
}

void Transport::cancel() {
  cancelled_ = true;
  interrupt();
}

void Transport::close() {
  error_code ignored;
  timer_.disarm();
  socket().shutdown(Socket::shutdown_both, ignored);
  socket().close(ignored);
}

void Transport::reset() {
  error_code ignored;
  socket().set_option(asio::socket_base::linger(true, 0), ignored);
  timer_.disarm();
  socket().close(ignored);
}

std::string Transport::peer() const {
  error_code error;
  const auto endpoint = socket().remote_endpoint(error);
  if (error) return "unknown";
  return endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
}

Error Transport::error_of(const error_code& code, std::string_view what) const {
  if (cancelled_) return fail(Errc::cancelled, "the caller went away");
  if (expired_) return fail(expiry_, std::string(what) + " took too long");
  if (code == asio::error::operation_aborted) return fail(Errc::cancelled, "interrupted");
  return fail(Errc::upstream_reset, std::string(what) + " failed: " + code.message());
}

Task<void> Transport::server_handshake(const TlsContext& context) {
  tls_ = std::make_unique<TlsStream>(std::move(socket_), *context);
  error_code error;
  auto token = into(error);
  co_await tls_->async_handshake(asio::ssl::stream_base::server, token);
  if (error) co_return error_of(error, "the TLS handshake");
  co_return Result<void>{};
}

Task<void> Transport::client_handshake(const TlsContext& context, const std::string& host) {
  tls_ = std::make_unique<TlsStream>(std::move(socket_), *context);
  SSL* ssl = tls_->native_handle();
  error_code error;
  asio::ip::make_address(host, error);
  if (error) SSL_set_tlsext_host_name(ssl, host.c_str());  // SNI takes names only
  tls_->set_verify_callback(asio::ssl::host_name_verification(host), error);
  auto token = into(error);
  co_await tls_->async_handshake(asio::ssl::stream_base::client, token);
  if (!error) co_return Result<void>{};
  if (expired_ || cancelled_) co_return error_of(error, "the TLS handshake");
  std::string why = error.message();
  if (const long verdict = SSL_get_verify_result(ssl); verdict != X509_V_OK) {
    why += std::string(" (") + X509_verify_cert_error_string(verdict) + ")";
  }
  co_return fail(Errc::upstream_tls, "TLS handshake with " + host + " failed: " + why);
}

Task<std::size_t> Transport::read_some(std::span<char> room) {
  error_code error;
  if (expired_ || cancelled_) co_return error_of(error, "reading");
  auto token = into(error);
  const auto buffer = asio::buffer(room.data(), room.size());
  std::size_t n = 0;
  if (tls_) {
    n = co_await tls_->async_read_some(buffer, token);
  } else {
    n = co_await socket_.async_read_some(buffer, token);
  }
  if (n > 0) co_return n;
  if (is_end(error)) co_return std::size_t{0};
  co_return error_of(error, "reading");
}

Result<std::size_t> Transport::send_now(std::string_view first, std::string_view second) {
  std::array<iovec, 2> parts{{{const_cast<char*>(first.data()), first.size()},
                              {const_cast<char*>(second.data()), second.size()}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = second.empty() ? 1 : 2;
  const ssize_t n = ::sendmsg(socket().native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n >= 0) return static_cast<std::size_t>(n);
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return std::size_t{0};
  return error_of(error_code(errno, boost::system::system_category()), "writing");
}

Task<void> Transport::write(std::string_view first, std::string_view second) {
  if (tls_) {
    auto done = co_await write_tls(first, second);
    co_return done;
  }
  if (loop_.crowded()) {
    // Behind everything that is ready now: the writes of a batch then follow one another closely,
    // and the peer is woken once for many of them. Alone, a wake-up costs as much as the rest of a
    // send.
    const auto executor = loop_.io().get_executor();
    co_await asio::post(executor, base::kAwait);
  }
  if (expired_ || cancelled_) co_return error_of({}, "writing");
  const auto sent = send_now(first, second);
  if (!sent) co_return sent.error();
  if (*sent == first.size() + second.size()) co_return Result<void>{};
  const std::size_t of_first = std::min(*sent, first.size());
  first.remove_prefix(of_first);
  second.remove_prefix(*sent - of_first);
  auto done = co_await write_rest(first, second);
  co_return done;
}

void Transport::arm_write_timeout() {
  if (write_timeout_ms_ > 0) expire_after(write_timeout_ms_, write_timeout_error_);
}

Task<void> Transport::write_rest(std::string_view first, std::string_view second) {
  arm_write_timeout();
  const std::array<asio::const_buffer, 2> parts{asio::buffer(first), asio::buffer(second)};
  error_code error;
  auto token = into(error);
  co_await asio::async_write(socket_, parts, token);
  if (write_timeout_ms_ > 0 && !expired_) expire_never();
  if (error) co_return error_of(error, "writing");
  co_return Result<void>{};
}

Task<void> Transport::write_tls(std::string_view first, std::string_view second) {
  // One record for head and body where they are small: joined first.
  constexpr std::size_t kJoinMax = 16 * 1024;
  std::string joined;
  error_code error;
  if (expired_ || cancelled_) co_return error_of(error, "writing");
  if (!second.empty() && first.size() + second.size() <= kJoinMax) {
    joined.reserve(first.size() + second.size());
    joined.append(first).append(second);
    first = joined;
    second = {};
  }
  arm_write_timeout();
  const std::array<asio::const_buffer, 2> parts{asio::buffer(first), asio::buffer(second)};
  auto token = into(error);
  co_await asio::async_write(*tls_, parts, token);
  if (write_timeout_ms_ > 0 && !expired_) expire_never();
  if (error) co_return error_of(error, "writing");
  co_return Result<void>{};
}

Task<void> Transport::wait_readable() {
  error_code error;
  if (expired_ || cancelled_) co_return error_of(error, "waiting");
  auto token = into(error);
  co_await socket().async_wait(Socket::wait_read, token);
  if (error) co_return error_of(error, "waiting");
  co_return Result<void>{};
}

void Transport::shutdown_send() {
  error_code ignored;
  socket().shutdown(Socket::shutdown_send, ignored);
}

bool Transport::stale() const {
  char byte = 0;
  const ssize_t n =
      ::recv(const_cast<Socket&>(socket()).native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return !(n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

}  // namespace headgate::http
