// The HTTP/1.1 server: one acceptor a loop on the same port (SO_REUSEPORT), each connection served
// on the loop that took it. Owned by server/app.cc or the lab; listen(), drain() and the destructor
// are called from the main thread, handlers run on the loops.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/async/loop.h"
#include "base/text/log.h"
#include "http/server/exchange.h"
#include "http/tls.h"
#include "http/transport.h"

namespace headgate::http {

using Handler = std::function<base::Async<void>(Exchange&)>;
/// The body sent with an error that the session itself answers (a bad head, a body too large).
using ErrorBody = std::function<std::string(const base::Error&)>;

/// Bounds of one listener. Times and sizes carry their unit; every one of them has a key in the
/// configuration (`server.limits`).
struct ServerLimits {
  std::size_t head_bytes_max = 64 * 1024;
  std::size_t headers_max = 128;
  std::int64_t head_timeout_ms = 10'000;       // from its first byte to the last of the head
  std::int64_t body_timeout_ms = 60'000;       // whole body
  std::int64_t body_idle_timeout_ms = 15'000;  // between two reads of a body
  std::int64_t idle_timeout_ms = 75'000;       // keep-alive, between requests
  std::int64_t park_after_ms = 1'000;          // an idle connection then gives its buffers back
  std::int64_t write_timeout_ms = 30'000;      // a client that does not read
  std::size_t connections_max = 20'000;        // over all loops; beyond: closed at once, counted
};

struct ListenOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  TlsFiles tls;  // both empty: plain HTTP
};

/// Counters of all loops together, safe from any thread.
struct ServerStats {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_total = 0;
  std::uint64_t connections_refused = 0;
  std::uint64_t connections_parked = 0;  // idle, holding no buffers
  std::uint64_t requests_active = 0;
  std::uint64_t requests_rejected = 0;  // ended by the session before a handler saw them
};

class Server {
 public:
  Server(std::vector<base::Loop*> loops, const ServerLimits& limits, Handler handler,
         ErrorBody error_body, base::Log& log);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds and accepts. Returns the address bound, "127.0.0.1:41234". Once.
  base::Result<std::string> listen(const ListenOptions& options);
  /// Serves a connected stream socket as if `loop`, one of the server's, had accepted it. REQUIRES:
  /// called by the loop's thread, or before it runs.
  void adopt(const base::Loop& loop, int fd);
  /// Stops accepting, closes idle connections, lets active requests end (with Connection: close).
  /// Returns at once; stats().connections_open tells when it is done.
  void drain();
  /// Closes what is left. The loops must still run.
  void close_all();
  ServerStats stats() const;

 private:
  struct State;
  struct LoopShare;
  static base::Async<void> accept_on(std::shared_ptr<State> state, LoopShare& share);
  static void take(const std::shared_ptr<State>& state, LoopShare& share, Transport::Socket socket);
  static base::Async<void> serve_one(std::shared_ptr<State> state, LoopShare& share,
                                     Transport::Socket socket);

  std::shared_ptr<State> state_;
};

}  // namespace headgate::http
