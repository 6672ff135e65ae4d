// Keep-alive connections to one upstream (one base URL) from one loop, and calls on them. A call
// takes an idle connection or opens one: DNS (cached, refreshed), TCP with each address in turn, an
// HTTP proxy where one is set, TLS with verification. Not thread-safe: one Client a loop.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/async/cancellation.h"
#include "base/async/loop.h"
#include "base/async/task.h"
#include "http/client/addresses.h"
#include "http/client/connection.h"
#include "http/client/url.h"

namespace headgate::http {

/// In place of name lookup and TCP: a network of somebody's own, such as the simulator's.
class Dialer {
 public:
  virtual ~Dialer() = default;
  /// A stream socket, non-blocking, connected to `peer` or about to be. It is the caller's.
  virtual base::Result<int> dial(const BaseUrl& peer) = 0;
};

/// Of the connections to one upstream, over all loops: counted here, read by whoever shows it.
struct ClientStats {
  std::atomic<std::uint64_t> opened{0};  // since the start
  std::atomic<std::uint64_t> resent{0};  // requests whose pooled connection turned out to be closed
  std::atomic<std::int64_t> idle{0};
  std::atomic<std::int64_t> busy{0};
};

struct ClientOptions {
  BaseUrl url;
  TlsContext tls;                           // REQUIRED when url.tls
  std::optional<BaseUrl> proxy;             // an http:// proxy
  std::int64_t connect_timeout_ms = 5'000;  // DNS, TCP, proxy and TLS together
  std::size_t connections_idle_max = 256;
  std::int64_t connection_idle_ms = 60'000;
  std::int64_t connection_age_max_ms = 600'000;  // older ones are not used again: DNS moves on
  std::int64_t dns_refresh_ms = 30'000;
  Dialer* dialer = nullptr;  // outlives the client
  std::shared_ptr<ClientStats> stats = std::make_shared<ClientStats>();
};

class Client {
 public:
  Client(base::Loop& loop, ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const ClientOptions& options() const { return options_; }
  base::Loop& loop() { return loop_; }
  std::size_t idle() const { return idle_.size(); }
  std::uint64_t opened_total() const { return opened_total_; }

 private:
  friend class ClientCall;

  /// An idle connection that still looks alive; null when there is none.
  std::unique_ptr<Connection> take_idle();
  /// Within the connect timeout, and by `deadline` (error `late`).
  base::Task<void> open(Connection& connection, base::MonoTime deadline, base::Errc late);
  base::Task<void> connect_any(Connection& connection, const BaseUrl& peer);
  base::Task<void> dial(Connection& connection, const BaseUrl& peer);
  base::Task<void> open_tunnel(Connection& connection);
  void give_back(std::unique_ptr<Connection> connection);

  base::Loop& loop_;
  ClientOptions options_;
  Addresses addresses_;
  std::vector<std::unique_ptr<Connection>> idle_;  // newest last
  std::uint64_t opened_total_ = 0;
};

/// One request and its answer. Gives the connection back when it ends with the answer read whole,
/// and closes it otherwise. `cancellation` interrupts whatever is under way.
class ClientCall {
 public:
  ClientCall(std::shared_ptr<Client> client, base::Cancellation& cancellation);
  ~ClientCall();
  ClientCall(const ClientCall&) = delete;
  ClientCall& operator=(const ClientCall&) = delete;

  /// For tests of failures. REQUIRES: before start().
  void inject(const CallFault& fault) { fault_ = std::make_unique<CallFault>(fault); }
  /// Sends "METHOD path" with `headers` ("name: value\r\n"…, without Host and framing) and `body`,
  /// and reads the head of the answer by `deadline` (error `late` past it). A pooled connection
  /// that turns out to have been closed before any byte of the answer is replaced by a fresh one,
  /// once.
  base::Task<void> start(Method method, std::string_view path, std::string_view headers,
                         std::string_view body, base::MonoTime deadline, base::Errc late);
  /// For requests that must not go out twice: a pooled connection that turns out to be closed is
  /// then Errc::upstream_reset, and whether the peer has acted is not known.
  void send_once() { once_ = true; }
  /// Sets `sent` when the request begins to go out: from then on the peer may act on it.
  void tell_sent(bool& sent) { sent_ = &sent; }
  Connection& connection() { return *connection_; }
  const ResponseHead& head() const { return connection_->head(); }
  void expire_at(base::MonoTime at, base::Errc error) {
    connection_->transport().expire_at(at, error);
  }
  /// Whether a pooled connection was closed without an answer, so that the request went out twice:
  /// the peer may have acted on the first.
  bool resent() const { return resent_; }
  /// Time from start() to a connection ready to send, in microseconds; 0 when one was pooled.
  std::int64_t connect_us() const { return connect_us_; }

 private:
  base::Task<void> attempt(Method method, std::string_view body, base::MonoTime deadline,
                           base::Errc late);
  base::Task<bool> interfere(Method method, base::MonoTime deadline, base::Errc late);
  base::Task<void> open_fresh(base::MonoTime deadline, base::Errc late);
  void compose(Method method, std::string_view path, std::string_view headers, std::size_t bytes);
  void cancel();

  std::shared_ptr<Client> client_;
  std::unique_ptr<Connection> connection_;
  base::Cancellation::Callback on_cancel_;
  std::unique_ptr<CallFault> fault_;  // null: nothing is made to go wrong
  std::unique_ptr<BodyFault> body_fault_;
  std::string request_;
  std::int64_t connect_us_ = 0;
  bool cancelled_ = false;
  bool resent_ = false;
  bool once_ = false;
  bool* sent_ = nullptr;
};

}  // namespace headgate::http
