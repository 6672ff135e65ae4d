#include "http/server/server.h"

#include <boost/asio/post.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/async/completion.h"
#include "base/async/task_group.h"
#include "http/server/session.h"

namespace headgate::http {

namespace asio = boost::asio;
using base::Errc;
using base::fail;
using base::Result;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Acceptor = asio::basic_socket_acceptor<tcp, base::Executor>;

namespace {

constexpr base::Duration kAcceptPause = base::milliseconds(100);  // after EMFILE and the like

error_code bind_shared(Acceptor& acceptor, const tcp::endpoint& endpoint) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (error) return error;
  acceptor.set_option(Acceptor::reuse_address(true), error);
  const int on = 1;
  if (setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
    return error_code(errno, boost::system::system_category());
  }
  acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(4096, error);
  return error;
}

// SO_REUSEPORT would let a second server of the same user share the port without a word: one bind
// without it tells.
error_code probe(const tcp::endpoint& endpoint, base::asio::io_context& io) {
  Acceptor acceptor(io);
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(Acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  return error;
}

std::string text_of(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
}

}  // namespace

/// What the sessions of one loop share; touched by that loop's thread only.
struct Server::LoopShare {
  LoopShare(base::Loop& l, std::function<void(std::string_view)> on_escape)
      : loop(l), acceptor(l.io()), tasks(l, std::move(on_escape)) {}

  base::Loop& loop;
  Acceptor acceptor;
  base::TaskGroup tasks;
  HttpDate date;
  std::unordered_set<Session*> sessions;
};

struct Server::State {
  SessionConfig config;
  base::Log& log;
  std::vector<std::unique_ptr<LoopShare>> shares;
};

Server::Server(std::vector<base::Loop*> loops, const ServerLimits& limits, Handler handler,
               ErrorBody error_body, base::Log& log)
    : state_(new State{{limits, std::move(handler), std::move(error_body), {}, {}, {}}, log, {}}) {
  const auto on_escape = [&log](std::string_view what) {
    log.error("escaped_exception", {{"what", what}});
  };
  state_->config.on_escape = on_escape;
  for (base::Loop* loop : loops) {
    state_->shares.push_back(std::make_unique<LoopShare>(*loop, on_escape));
  }
}

Server::~Server() = default;

Result<std::string> Server::listen(const ListenOptions& options) {
  error_code error;
  const auto address =
      asio::ip::make_address(options.host == "localhost" ? "127.0.0.1" : options.host, error);
  if (error) {
    return fail(Errc::config_invalid,
                "cannot listen on \"" + options.host + "\": not an IP address");
  }
  if (!options.tls.empty()) {
    auto tls = make_server_tls(options.tls);
    if (!tls) return tls.error();
    state_->config.tls = *tls;
  }
  tcp::endpoint endpoint(address, options.port);
  if (options.port != 0) error = probe(endpoint, state_->shares.front()->loop.io());
  if (error) {
    return fail(Errc::io_failed, "cannot listen on " + text_of(endpoint) + ": " + error.message());
  }
  for (auto& share : state_->shares) {
    error = bind_shared(share->acceptor, endpoint);
    if (error) {
      return fail(Errc::io_failed,
                  "cannot listen on " + text_of(endpoint) + ": " + error.message());
    }
    endpoint = share->acceptor.local_endpoint();  // port 0: the first decides
  }
  for (auto& share : state_->shares) {
    asio::post(share->loop.io(),
               [state = state_, &share = *share] { share.tasks.spawn(accept_on(state, share)); });
  }
  return text_of(endpoint);
}

base::Async<void> Server::accept_on(std::shared_ptr<State> state, LoopShare& share) {
  while (share.acceptor.is_open()) {
    Transport::Socket socket(share.loop.io());
    base::Completion<error_code> accepted;
    share.acceptor.async_accept(socket, accepted.handler());
    co_await accepted;
    const error_code error = accepted.result();
    if (error == asio::error::operation_aborted || !share.acceptor.is_open()) co_return;
    if (error) {
      state->log.warn("accept_failed", {{"error", error.message()}});
      const auto until = share.loop.now() + kAcceptPause;
      co_await base::sleep_until(share.loop, until);
      continue;
    }
    take(state, share, std::move(socket));
  }
}

void Server::adopt(const base::Loop& loop, int fd) {
  const auto share = std::find_if(state_->shares.begin(), state_->shares.end(),
                                  [&](const auto& one) { return &one->loop == &loop; });
  Transport::Socket socket((*share)->loop.io());
  error_code error;
  socket.assign(tcp::v4(), fd, error);
  if (error) {
    ::close(fd);
    return;
  }
  take(state_, **share, std::move(socket));
}

void Server::take(const std::shared_ptr<State>& state, LoopShare& share, Transport::Socket socket) {
  auto& counters = state->config.counters;
  if (counters.connections_open >= state->config.limits.connections_max) {
    ++counters.connections_refused;
    return;  // the socket closes as it goes
  }
  share.tasks.spawn(serve_one(state, share, std::move(socket)));
}

base::Async<void> Server::serve_one(std::shared_ptr<State> state, LoopShare& share,
                                    Transport::Socket socket) {
  auto& counters = state->config.counters;
  ++counters.connections_open;
  ++counters.connections_total;
  {
    Session session(share.loop, std::move(socket), state->config, share.date);
    share.sessions.insert(&session);
    co_await session.run();
    share.sessions.erase(&session);
  }
  --counters.connections_open;
}

void Server::drain() {
  for (auto& share : state_->shares) {
    asio::post(share->loop.io(), [state = state_, &share = *share] {
      error_code ignored;
      share.acceptor.close(ignored);
      for (Session* session : share.sessions) session->drain();
    });
  }
}

void Server::close_all() {
  for (auto& share : state_->shares) {
    asio::post(share->loop.io(), [state = state_, &share = *share] {
      for (Session* session : share.sessions) session->close_now();
    });
  }
}

ServerStats Server::stats() const {
  const auto& counters = state_->config.counters;
  return {counters.connections_open,   counters.connections_total, counters.connections_refused,
          counters.connections_parked, counters.requests_active,   counters.requests_rejected};
}

}  // namespace headgate::http
