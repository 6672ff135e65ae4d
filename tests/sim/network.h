// The simulated network: each connection is a pair of Unix sockets, one end the gateway's, one a
// peer's (Line). The kernel delivers within the thread and in order, so what happens depends on
// nothing but who sent what when. Single-threaded; lines live as long as the network.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace headgate::sim {

/// A peer's end of a connection. Of what came, one byte stays in the socket, so that the peer can
/// end it as TCP does with a reset: closing a Unix socket that was not read empty is one.
class Line {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_bytes(std::string_view bytes) = 0;
    /// The gateway closed its end.
    virtual void on_end() = 0;
  };

  explicit Line(int fd) : fd_(fd) {}
  ~Line() { close(); }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void belongs_to(Owner& owner) { owner_ = &owner; }
  /// What the socket does not take is sent when it does.
  void send(std::string_view bytes);
  void close();
  void reset();
  /// Neither end has closed.
  bool open() const { return fd_ >= 0 && !ended_; }

 private:
  friend class Network;
  void read();
  void flush();
  void told(bool ended);

  int fd_;
  Owner* owner_ = nullptr;
  bool ended_ = false;
  std::size_t kept_ = 0;  // bytes in the socket that the owner has
  std::string unsent_;
};

class Network {
 public:
  Network();
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// A new connection; `gateway_fd` is for the gateway to own.
  Line& connect(int& gateway_fd);
  /// An end for the gateway whose connection never comes about.
  int connect_to_nobody();
  /// Tells the owners what has come. False: nothing had.
  bool deliver();

 private:
  int epoll_;
  std::vector<std::unique_ptr<Line>> lines_;
};

}  // namespace headgate::sim
