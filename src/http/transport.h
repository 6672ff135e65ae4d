// A connected TCP socket, plain or TLS, with one deadline: an operation that runs past it ends with
// the error the deadline was armed with. Writing tries the socket at once and suspends only when it
// is full. Belongs to one loop; one read and one write may be under way at a time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/async/loop.h"
#include "base/async/task.h"
#include "base/async/timer_wheel.h"
#include "http/tls.h"

namespace headgate::http {

namespace asio = boost::asio;

class Transport {
 public:
  using Socket = asio::basic_stream_socket<asio::ip::tcp, base::Executor>;

  Transport(base::Loop& loop, Socket socket);
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// Until `at`, every operation; past it they fail with `error`. Re-arming replaces.
  void expire_at(base::MonoTime at, base::Errc error);
  void expire_after(std::int64_t ms, base::Errc error);
  void expire_never() {
    timer_.disarm();
    expired_ = false;
  }

  /// Opens the socket and connects it. May be called again after a failure, with another address.
  base::Task<void> connect(const asio::ip::tcp::endpoint& endpoint);
  base::Task<void> server_handshake(const TlsContext& context);
  /// Verifies the peer's chain and that it names `host`.
  base::Task<void> client_handshake(const TlsContext& context, const std::string& host);

  /// Some bytes; 0 at the orderly end of the peer's stream.
  base::Task<std::size_t> read_some(std::span<char> room);
  /// The same with a callback (error_code, bytes) and no deadline of its own; for the session's
  /// watch.
  template <class Then>
  void read_then(std::span<char> room, Then then) {
    const auto buffer = asio::buffer(room.data(), room.size());
    if (tls_) {
      tls_->async_read_some(buffer, std::move(then));
    } else {
      socket_.async_read_some(buffer, std::move(then));
    }
  }
  /// Suspends until something can be read (or the peer closed), holding no buffer meanwhile.
  base::Task<void> wait_readable();
  /// Both parts whole, in order. Only a write that must wait is bounded by the write timeout.
  base::Task<void> write(std::string_view first, std::string_view second = {});
  void set_write_timeout(std::int64_t ms, base::Errc error) {
    write_timeout_ms_ = ms;
    write_timeout_error_ = error;
  }
  /// No more bytes to the peer; reading goes on.
  void shutdown_send();

  /// Whether the peer has closed or sent something while nothing was asked (no system call on TLS
  /// buffers; one MSG_PEEK). For pooled connections before they are used again.
  bool stale() const;
  /// Ends whatever is under way with Errc::cancelled, now and for ever.
  void cancel();
  /// Ends only what is under way; the transport stays usable.
  void interrupt();
  /// Told when the deadline passes or cancel() is called, for what is under way outside the socket.
  void on_interrupt(std::function<void()> fire) { on_interrupt_ = std::move(fire); }
  /// The error that operations end with, once expired or cancelled.
  std::optional<base::Error> stopped() const;
  void close();
  /// Close with RST instead of FIN.
  void reset();
  bool open() const { return socket().is_open(); }
  bool tls() const { return tls_ != nullptr; }
  std::string peer() const;
  base::Loop& loop() { return loop_; }

 private:
  using TlsStream = asio::ssl::stream<Socket>;

  Socket& socket() { return tls_ ? tls_->next_layer() : socket_; }
  const Socket& socket() const { return tls_ ? tls_->next_layer() : socket_; }
  void set_options();
  base::Result<std::size_t> send_now(std::string_view first, std::string_view second);
  base::Task<void> write_tls(std::string_view first, std::string_view second);
  base::Task<void> write_rest(std::string_view first, std::string_view second);
  void arm_write_timeout();
  base::Error error_of(const boost::system::error_code& code, std::string_view what) const;
  void expired();

  base::Loop& loop_;
  Socket socket_;
  std::unique_ptr<TlsStream> tls_;
  base::WheelTimer timer_;
  base::Errc expiry_ = base::Errc::timeout_total;
  bool expired_ = false;
  bool cancelled_ = false;
  std::function<void()> on_interrupt_;
  std::int64_t write_timeout_ms_ = 0;  // 0: the deadline in force, if any
  base::Errc write_timeout_error_ = base::Errc::client_timeout;
};

}  // namespace headgate::http
