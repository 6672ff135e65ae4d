// A connected TCP socket, plain or TLS, with one deadline: an operation that runs past it ends with
// the error the deadline was armed with. A plain socket's readiness comes from the loop's Poller:
// reading waits until something is known to be there, writing tries at once and waits only when
// the socket is full. TLS is Asio's. Belongs to one loop; one read and one write may be under way
// at a time.
#pragma once

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
#include "base/async/poller.h"
#include "base/async/task.h"
#include "base/async/timer_wheel.h"
#include "http/tls.h"

namespace headgate::http {

namespace asio = boost::asio;

class Transport {
 public:
  using Socket = asio::basic_stream_socket<asio::ip::tcp, base::Executor>;

  /// Not connected.
  explicit Transport(base::Loop& loop);
  Transport(base::Loop& loop, Socket socket);
  ~Transport();
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
  /// The same with a stream socket that somebody else has connected, or is about to.
  base::Task<void> connect(int fd);
  base::Task<void> server_handshake(const TlsContext& context);
  /// Verifies the peer's chain and that it names `host`.
  base::Task<void> client_handshake(const TlsContext& context, const std::string& host);

  /// Some bytes; 0 at the orderly end of the peer's stream.
  base::Task<std::size_t> read_some(std::span<char> room);
  /// The same with a callback (error_code, bytes), never called from within, and no deadline of its
  /// own; for the session's watch.
  using Then = std::function<void(const boost::system::error_code&, std::size_t)>;
  void read_then(std::span<char> room, Then then);
  /// Suspends until something can be read (or the peer closed), holding no buffer meanwhile.
  base::Task<void> wait_readable();
  /// Waits, or fails when the deadline passes or cancel() is called before.
  base::Task<void> pause_until(base::MonoTime at);
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
  bool open() const { return native_handle() >= 0; }
  bool tls() const { return tls_ != nullptr; }
  std::string peer() const;
  base::Loop& loop() { return loop_; }

 private:
  using TlsStream = asio::ssl::stream<Socket>;
  /// Somebody who waits for one direction of the plain socket.
  struct Waiter {
    base::Wakeup wakeup;
    bool waiting = false;  // for readiness; not any more once wakeup is queued
    bool queued = false;   // by wake(), until it is heard
    bool ready = false;    // as far as is known; edges that nobody waits for are kept here
    bool aborted = false;
  };
  class Readiness;
  class Turn;

  int native_handle() const;
  int take_socket();
  void own(int fd);
  void close_socket();
  void set_no_delay() const;
  void start_tls(const TlsContext& context);
  base::Task<void> established();
  boost::system::error_code try_connect(const asio::ip::tcp::endpoint& endpoint);
  boost::system::error_code try_read(std::span<char> room, std::size_t& n);
  void told(std::uint32_t events);
  void wake(Waiter& waiter, bool abort);
  void read_for_then();
  base::Result<std::size_t> send_now(std::string_view first, std::string_view second);
  base::Task<std::size_t> read_tls(std::span<char> room);
  base::Task<void> write_tls(std::string_view first, std::string_view second);
  base::Task<void> write_rest(std::string_view first, std::string_view second);
  void arm_write_timeout();
  base::Error error_of(const boost::system::error_code& code, std::string_view what) const;
  void expired();

  base::Loop& loop_;
  int fd_ = -1;  // of a plain connection
  base::Polled polled_;
  Waiter reader_;
  Waiter writer_;
  bool ended_ = false;  // the peer's end or an error has come: a short read says nothing any more
  std::span<char> then_room_;
  Then then_;
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
