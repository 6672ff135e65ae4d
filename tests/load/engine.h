// The loop of hg_load: connections to one address, each with at most one request under way, driven
// by a Workload that decides when to send and what to make of the answers. One thread. A connection
// that the peer closes between requests is reopened silently (counted); one that breaks within a
// request is an error, reported to the workload and reopened.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "chat_request.h"
#include "message_reader.h"
#include "net.h"
#include "sse_stamp.h"

namespace headgate::load {

struct Connection {
  std::size_t index = 0;  // in the engine, stable
  Fd socket;
  bool connected = false;
  bool busy = false;  // a request is under way
  MessageReader reader;
  LineCutter lines;
  ChatRequest* request = nullptr;
  std::size_t sent_bytes = 0;
  std::int64_t started_ns = 0;  // the workload's: from when latency counts
  // Of a stream, the workload's.
  std::int64_t last_chunk_ns = 0;
  unsigned chunks = 0;
  bool done_seen = false;
};

struct Traffic {
  std::uint64_t requests = 0;  // answered, whatever the status
  std::uint64_t errors = 0;    // broken connections and statuses other than 200
  std::uint64_t reconnects = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_bytes = 0;
  std::string first_error;
};

class Engine;

class Workload {
 public:
  virtual ~Workload() = default;
  /// Called after every round of events: sends what is due, returns when to be called at the
  /// latest.
  virtual std::int64_t on_turn(Engine& engine, std::int64_t now) = 0;
  virtual bool is_finished(std::int64_t now) const = 0;
  /// A piece of a response body.
  virtual void on_body(Connection&, std::string_view, std::int64_t /*now*/) {}
  /// The request of `connection` is over; `ok` if it was answered with 200.
  virtual void on_done(Engine& engine, Connection& connection, bool ok, std::int64_t now) = 0;
};

class Engine {
 public:
  Engine(const sockaddr_in& target, std::size_t connections);

  void run(Workload& workload);
  std::size_t size() const { return connections_.size(); }
  Connection& at(std::size_t index) { return *connections_[index]; }
  const Traffic& traffic() const { return traffic_; }
  /// Begins `request` on an idle connection, connecting first if need be. `started_ns` is the
  /// moment from which its latency counts.
  void send(Connection& connection, ChatRequest& request, std::int64_t started_ns);
  /// Counts a failure that only the workload can see, such as a stream without its end.
  void count_error(std::string_view what);

 private:
  void on_event(Workload& workload, Connection& connection, std::uint32_t events);
  bool write(Connection& connection);
  bool read(Workload& workload, Connection& connection);
  void finish(Workload& workload, Connection& connection);
  void on_broken(Workload& workload, Connection& connection);
  void open(Connection& connection);

  sockaddr_in target_;
  Epoll epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> by_fd_;
  std::vector<char> buffer_ = std::vector<char>(256 * 1024);
  Traffic traffic_;
};

}  // namespace headgate::load
