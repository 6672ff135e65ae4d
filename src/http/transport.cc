#include "http/transport.h"

#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/async/completion.h"

namespace headgate::http {

using base::Errc;
using base::Error;
using base::fail;
using base::Result;
using base::Task;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

using Done = base::Completion<error_code>;
using Moved = base::Completion<error_code, std::size_t>;

bool is_end(const error_code& error) {
  return error == asio::error::eof || error == asio::ssl::error::stream_truncated;
}

error_code last_error() { return error_code(errno, boost::system::system_category()); }

}  // namespace

// What a coroutine awaits to wait for a direction of the plain socket.
class Transport::Readiness {
 public:
  explicit Readiness(Waiter& waiter) : waiter_(waiter) {}
  bool await_ready() const noexcept { return waiter_.ready; }
  void await_suspend(std::coroutine_handle<> caller) noexcept {
    waiter_.wakeup.resumes(caller);
    waiter_.waiting = true;
  }
  /// False: interrupted.
  bool await_resume() const noexcept {
    waiter_.queued = false;
    return !std::exchange(waiter_.aborted, false);
  }

 private:
  Waiter& waiter_;
};

// What a coroutine awaits to go on behind everything that is ready now.
class Transport::Turn {
 public:
  explicit Turn(Transport& transport) : transport_(transport) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> caller) noexcept {
    transport_.writer_.wakeup.resumes(caller);
    transport_.loop_.poller().later(transport_.writer_.wakeup);
  }
  void await_resume() const noexcept {}

 private:
  Transport& transport_;
};

Transport::Transport(base::Loop& loop)
    : loop_(loop),
      polled_(
          loop.poller(),
          [](void* self, std::uint32_t events) { static_cast<Transport*>(self)->told(events); },
          this),
      timer_(
          loop.wheel(), [](void* self) { static_cast<Transport*>(self)->expired(); }, this) {}

Transport::Transport(base::Loop& loop, Socket socket) : Transport(loop) {
  error_code error;
  if (!socket.is_open()) return;
  const int fd = socket.release(error);
  if (!error) own(fd);
}

Transport::~Transport() {
  if (fd_ >= 0) ::close(take_socket());
}

int Transport::native_handle() const {
  if (!tls_) return fd_;
  auto& socket = tls_->next_layer();
  return socket.is_open() ? socket.native_handle() : -1;
}

void Transport::own(int fd) {
  fd_ = fd;
  reader_.ready = writer_.ready = ended_ = false;
  set_no_delay();
  if (polled_.add(fd)) return;
  // Refused (no memory, the user's limit on watches): as if the peer had gone.
  ::shutdown(fd, SHUT_RDWR);
  reader_.ready = writer_.ready = ended_ = true;
}

int Transport::take_socket() {
  polled_.remove();
  return std::exchange(fd_, -1);
}

void Transport::set_no_delay() const {
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// Readiness of the plain socket, from the loop. What is resumed may be the end of this transport:
// last of all, and only one of the two.
void Transport::told(std::uint32_t events) {
  ended_ = ended_ || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
    writer_.ready = true;
    wake(writer_, false);
  }
  if (!ended_ && (events & EPOLLIN) == 0) return;
  reader_.ready = true;
  if (std::exchange(reader_.waiting, false)) reader_.wakeup.fire();
}

// An interrupt that finds the waiter on its way already goes with it: it may wait again otherwise.
void Transport::wake(Waiter& waiter, bool abort) {
  waiter.aborted = waiter.aborted || (abort && (waiter.waiting || waiter.queued));
  if (!std::exchange(waiter.waiting, false)) return;
  waiter.queued = true;
  loop_.poller().later(waiter.wakeup);
}

error_code Transport::try_connect(const tcp::endpoint& endpoint) {
  const int fd =
      ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return last_error();
  const int status = ::connect(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size()));
  const error_code error = status == 0 || errno == EINPROGRESS ? error_code() : last_error();
  if (error) {
    ::close(fd);
  } else {
    own(fd);
  }
  return error;
}

Task<void> Transport::connect(const tcp::endpoint& endpoint) {
  if (expired_ || cancelled_) co_return error_of({}, "connecting");
  close_socket();
  const error_code error = try_connect(endpoint);
  if (error) co_return fail(Errc::upstream_connect, error.message());
  auto connected = co_await established();
  co_return connected;
}

Task<void> Transport::connect(int fd) {
  close_socket();
  own(fd);
  if (expired_ || cancelled_) co_return error_of({}, "connecting");
  auto connected = co_await established();
  co_return connected;
}

Task<void> Transport::established() {
  Readiness connected(writer_);
  const bool told = co_await connected;
  if (expired_ || cancelled_ || !told)
    co_return error_of(asio::error::operation_aborted, "connecting");
  int status = 0;
  socklen_t size = sizeof status;
  ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &status, &size);
  const error_code error(status, boost::system::system_category());
  if (error) co_return fail(Errc::upstream_connect, error.message());
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
  if (tls_) tls_->next_layer().cancel(ignored);
  wake(reader_, true);
  wake(writer_, true);
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

void Transport::close_socket() {
  error_code ignored;
  if (tls_) tls_->next_layer().close(ignored);
  if (fd_ < 0) return;
  ::close(take_socket());
  wake(reader_, true);
  wake(writer_, true);
}

void Transport::close() {
  timer_.disarm();
  if (open()) ::shutdown(native_handle(), SHUT_RDWR);
  close_socket();
}

void Transport::reset() {
  const linger at_once{1, 0};
  timer_.disarm();
  if (open()) ::setsockopt(native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close_socket();
}

std::string Transport::peer() const {
  tcp::endpoint endpoint;
  auto size = static_cast<socklen_t>(endpoint.capacity());
  if (!open() || ::getpeername(native_handle(), endpoint.data(), &size) != 0) return "unknown";
  return endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
}

Error Transport::error_of(const error_code& code, std::string_view what) const {
  if (cancelled_) return fail(Errc::cancelled, "the caller went away");
  if (expired_) return fail(expiry_, std::string(what) + " took too long");
  if (code == asio::error::operation_aborted) return fail(Errc::cancelled, "interrupted");
  return fail(Errc::upstream_reset, std::string(what) + " failed: " + code.message());
}

// Asio takes the connection over.
void Transport::start_tls(const TlsContext& context) {
  tcp::endpoint local;
  auto size = static_cast<socklen_t>(local.capacity());
  ::getsockname(fd_, local.data(), &size);
  Socket socket(loop_.io());
  error_code error;
  const int fd = take_socket();
  socket.assign(local.protocol(), fd, error);
  if (error) ::close(fd);
  socket.non_blocking(true, error);
  tls_ = std::make_unique<TlsStream>(std::move(socket), *context);
}

Task<void> Transport::server_handshake(const TlsContext& context) {
  start_tls(context);
  Done done;
  tls_->async_handshake(asio::ssl::stream_base::server, done.handler());
  co_await done;
  if (done.result()) co_return error_of(done.result(), "the TLS handshake");
  co_return Result<void>{};
}

Task<void> Transport::client_handshake(const TlsContext& context, const std::string& host) {
  start_tls(context);
  SSL* ssl = tls_->native_handle();
  error_code error;
  asio::ip::make_address(host, error);
  if (error) SSL_set_tlsext_host_name(ssl, host.c_str());  // SNI takes names only
  tls_->set_verify_callback(asio::ssl::host_name_verification(host), error);
  Done done;
  tls_->async_handshake(asio::ssl::stream_base::client, done.handler());
  co_await done;
  error = done.result();
  if (!error) co_return Result<void>{};
  if (expired_ || cancelled_) co_return error_of(error, "the TLS handshake");
  std::string why = error.message();
  if (const long verdict = SSL_get_verify_result(ssl); verdict != X509_V_OK) {
    why += std::string(" (") + X509_verify_cert_error_string(verdict) + ")";
  }
  co_return fail(Errc::upstream_tls, "TLS handshake with " + host + " failed: " + why);
}

// One recv. `would_block` where there was nothing; no error and 0 bytes at the peer's end.
error_code Transport::try_read(std::span<char> room, std::size_t& n) {
  ssize_t got = 0;
  do {
    got = ::recv(fd_, room.data(), room.size(), MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) reader_.ready = false;
    return last_error();
  }
  n = static_cast<std::size_t>(got);
  // Edge-triggered: what comes after a short read is told again.
  if (n > 0 && n < room.size() && !ended_) reader_.ready = false;
  return {};
}

Task<std::size_t> Transport::read_some(std::span<char> room) {
  if (expired_ || cancelled_) co_return error_of({}, "reading");
  if (tls_) {
    auto done = co_await read_tls(room);
    co_return done;
  }
  Readiness readable(reader_);
  error_code error = asio::error::would_block;
  std::size_t n = 0;
  while (error == asio::error::would_block) {
    const bool told = co_await readable;
    if (!told || fd_ < 0) co_return error_of(asio::error::operation_aborted, "reading");
    error = try_read(room, n);
  }
  if (error) co_return error_of(error, "reading");
  co_return n;
}

Task<std::size_t> Transport::read_tls(std::span<char> room) {
  Moved read;
  tls_->async_read_some(asio::buffer(room.data(), room.size()), read.handler());
  co_await read;
  const std::size_t n = read.result<1>();
  if (n > 0) co_return n;
  if (is_end(read.result())) co_return std::size_t{0};
  co_return error_of(read.result(), "reading");
}

void Transport::read_then(std::span<char> room, Then then) {
  if (tls_) {
    tls_->async_read_some(asio::buffer(room.data(), room.size()), std::move(then));
    return;
  }
  then_room_ = room;
  then_ = std::move(then);
  reader_.wakeup.calls([](void* self) { static_cast<Transport*>(self)->read_for_then(); }, this);
  reader_.waiting = true;
  if (reader_.ready) wake(reader_, false);
}

void Transport::read_for_then() {
  error_code error = asio::error::operation_aborted;
  std::size_t n = 0;
  reader_.queued = false;
  if (!std::exchange(reader_.aborted, false) && fd_ >= 0) error = try_read(then_room_, n);
  if (error == asio::error::would_block) {
    reader_.waiting = true;
    return;
  }
  if (!error && n == 0) error = asio::error::eof;
  const Then then = std::exchange(then_, nullptr);
  then(error, n);
}

Result<std::size_t> Transport::send_now(std::string_view first, std::string_view second) {
  std::array<iovec, 2> parts{{{const_cast<char*>(first.data()), first.size()},
                              {const_cast<char*>(second.data()), second.size()}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = second.empty() ? 1 : 2;
  const ssize_t n = ::sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n >= 0) return static_cast<std::size_t>(n);
  if (errno == EAGAIN || errno == EWOULDBLOCK) writer_.ready = false;
  if (!writer_.ready || errno == EINTR) return std::size_t{0};
  return error_of(last_error(), "writing");
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
    Turn turn(*this);
    co_await turn;
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
  Readiness writable(writer_);
  while (!first.empty() || !second.empty()) {
    const bool told = co_await writable;
    if (!told || fd_ < 0) co_return error_of(asio::error::operation_aborted, "writing");
    const auto sent = send_now(first, second);
    if (!sent) co_return sent.error();
    const std::size_t of_first = std::min(*sent, first.size());
    first.remove_prefix(of_first);
    second.remove_prefix(*sent - of_first);
  }
  if (write_timeout_ms_ > 0 && !expired_) expire_never();
  co_return Result<void>{};
}

Task<void> Transport::write_tls(std::string_view first, std::string_view second) {
  // One record for head and body where they are small: joined first.
  constexpr std::size_t kJoinMax = 16 * 1024;
  std::string joined;
  if (expired_ || cancelled_) co_return error_of({}, "writing");
  if (!second.empty() && first.size() + second.size() <= kJoinMax) {
    joined.reserve(first.size() + second.size());
    joined.append(first).append(second);
    first = joined;
    second = {};
  }
  arm_write_timeout();
  const std::array<asio::const_buffer, 2> parts{asio::buffer(first), asio::buffer(second)};
  Moved written;
  asio::async_write(*tls_, parts, written.handler());
  co_await written;
  if (write_timeout_ms_ > 0 && !expired_) expire_never();
  if (written.result()) co_return error_of(written.result(), "writing");
  co_return Result<void>{};
}

Task<void> Transport::wait_readable() {
  if (expired_ || cancelled_) co_return error_of({}, "waiting");
  if (tls_) {
    Done done;
    tls_->next_layer().async_wait(Socket::wait_read, done.handler());
    co_await done;
    if (done.result()) co_return error_of(done.result(), "waiting");
    co_return Result<void>{};
  }
  // A read that filled its room exactly says nothing of what is left.
  if (reader_.ready && !stale()) reader_.ready = false;
  Readiness readable(reader_);
  const bool told = co_await readable;
  if (!told) co_return error_of(asio::error::operation_aborted, "waiting");
  co_return Result<void>{};
}

Task<void> Transport::pause_until(base::MonoTime at) {
  base::Cancellation interrupted;
  on_interrupt([&interrupted] { interrupted.cancel(); });
  if (!expired_ && !cancelled_) co_await base::sleep_until(loop_, at, interrupted);
  on_interrupt(nullptr);
  if (expired_ || cancelled_) co_return error_of({}, "waiting");
  co_return Result<void>{};
}

void Transport::shutdown_send() {
  if (open()) ::shutdown(native_handle(), SHUT_WR);
}

bool Transport::stale() const {
  char byte = 0;
  const ssize_t n = ::recv(native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return !(n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

}  // namespace headgate::http
