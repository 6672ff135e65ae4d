#include "engine.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace headgate::load {

Engine::Engine(const sockaddr_in& target, std::size_t connections) : target_(target) {
  for (std::size_t i = 0; i < connections; ++i) {
    connections_.push_back(std::make_unique<Connection>());
    connections_.back()->index = i;
  }
}

void Engine::run(Workload& workload) {
  std::int64_t wake_ns = workload.on_turn(*this, now_ns());
  while (!workload.is_finished(now_ns())) {
    for (const epoll_event& event : epoll_.wait_until(wake_ns)) {
      Connection* connection = by_fd_[static_cast<std::size_t>(event.data.fd)];
      if (connection != nullptr) on_event(workload, *connection, event.events);
    }
    wake_ns = workload.on_turn(*this, now_ns());
  }
}

void Engine::send(Connection& connection, ChatRequest& request, std::int64_t started_ns) {
  connection.request = &request;
  connection.started_ns = started_ns;
  connection.busy = true;
  connection.sent_bytes = 0;
  connection.chunks = 0;
  connection.last_chunk_ns = 0;
  connection.done_seen = false;
  request.next();
  if (!connection.socket.is_open()) {
    open(connection);
  } else if (connection.connected) {
    write(connection);  // a failure shows as an event
  }
}

void Engine::count_error(std::string_view what) {
  ++traffic_.errors;
  if (traffic_.first_error.empty()) traffic_.first_error = what;
}

void Engine::open(Connection& connection) {
  connection.socket = connect_to(target_);
  connection.connected = false;
  if (!connection.socket.is_open()) {
    throw std::runtime_error(std::string("cannot open a connection: ") + std::strerror(errno));
  }
  const auto fd = static_cast<std::size_t>(connection.socket.get());
  if (by_fd_.size() <= fd) by_fd_.resize(fd + 1);
  by_fd_[fd] = &connection;
  epoll_.add(connection.socket.get(), EPOLLIN | EPOLLOUT);
}

void Engine::on_event(Workload& workload, Connection& connection, std::uint32_t events) {
  bool ok = true;
  if ((events & EPOLLOUT) != 0 && (events & EPOLLERR) == 0) {
    connection.connected = true;
    epoll_.change(connection.socket.get(), EPOLLIN);
    if (connection.busy) ok = write(connection);
  }
  if (ok && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) ok = read(workload, connection);
  if (!ok) on_broken(workload, connection);
}

/// Sends on from where the last attempt stopped; false if the connection is broken.
bool Engine::write(Connection& connection) {
  const std::string_view rest = connection.request->bytes().substr(connection.sent_bytes);
  if (rest.empty()) return true;
  const ssize_t sent = ::send(connection.socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno != EAGAIN) return false;
  } else {
    connection.sent_bytes += static_cast<std::size_t>(sent);
    traffic_.sent_bytes += static_cast<std::uint64_t>(sent);
    if (static_cast<std::size_t>(sent) == rest.size()) return true;
  }
  epoll_.change(connection.socket.get(), EPOLLIN | EPOLLOUT);
  return true;
}

bool Engine::read(Workload& workload, Connection& connection) {
  const ssize_t got = ::recv(connection.socket.get(), buffer_.data(), buffer_.size(), 0);
  if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EINTR);
  const std::int64_t now = now_ns();
  traffic_.received_bytes += static_cast<std::uint64_t>(got);
  std::string_view in(buffer_.data(), static_cast<std::size_t>(got));
  in.remove_prefix(connection.reader.feed(
      in, [&](std::string_view piece) { workload.on_body(connection, piece, now); }));
  if (connection.reader.has_failed() || !connection.busy) return false;
  if (connection.reader.is_complete()) finish(workload, connection);
  return in.empty();  // bytes behind a response belong to nothing
}

void Engine::finish(Workload& workload, Connection& connection) {
  const int status = connection.reader.status();
  const bool keep_alive = connection.reader.keep_alive();
  ++traffic_.requests;
  if (status != 200) count_error("status " + std::to_string(status));
  connection.reader.reset();
  connection.lines.reset();
  connection.busy = false;
  if (!keep_alive) {
    ++traffic_.reconnects;
    by_fd_[static_cast<std::size_t>(connection.socket.get())] = nullptr;
    connection.socket.reset();
  }
  workload.on_done(*this, connection, status == 200, now_ns());
}

void Engine::on_broken(Workload& workload, Connection& connection) {
  const bool was_busy = connection.busy;
  const bool was_connected = connection.connected;
  by_fd_[static_cast<std::size_t>(connection.socket.get())] = nullptr;
  connection.socket.reset();
  connection.reader.reset();
  connection.lines.reset();
  connection.busy = false;
  ++traffic_.reconnects;
  if (!was_busy) return;
  count_error(was_connected ? "connection closed within a request" : "connection refused");
  workload.on_done(*this, connection, false, now_ns());
}

}  // namespace headgate::load
