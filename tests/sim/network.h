// The simulated network: each connection is a pair of Unix sockets, one end the gateway's, one a
// peer's (Line). The kernel delivers within the thread and in order, so what happens depends on
// nothing but who sent what when. Single-threaded; lines live as long as the network.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace headgate::sim {

/// A peer's end of a connection.
class Line {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_bytes(std::string_view bytes) = 0;
    /// The gateway closed its end.
    virtual void on_end() = 0;
  };

  /// `can_reset`: one byte of what came stays in the socket, because closing a Unix socket that was
  /// not read empty is what a reset is to TCP. Only where little comes: the byte holds up all that
  /// was written with it.
  Line(int fd, bool can_reset) : fd_(fd), can_reset_(can_reset) {}
  ~Line() { close(); }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void belongs_to(Owner& owner) { owner_ = &owner; }
  /// What the socket does not take is sent when it does.
  void send(std::string_view bytes);
  void close();
  /// Of a line that can.
  void reset();
  /// Reads nothing until resume(), so that the gateway cannot write for ever.
  void pause() { paused_ = true; }
  void resume();
  /// Neither end has closed.
  bool open() const { return fd_ >= 0 && !ended_; }

 private:
  friend class Network;
  void read();
  void flush();
  void told(bool ended);

  int fd_;
  bool can_reset_;
  Owner* owner_ = nullptr;
  bool paused_ = false;
  bool ended_ = false;
  bool end_came_ = false;  // and was perhaps not told yet
  std::size_t kept_ = 0;   // bytes in the socket that the owner has
  std::string unsent_;
};

class Network {
 public:
  Network();
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// A new connection, of a client or to a provider; `gateway_fd` is for the gateway to own.
  Line& come_in(int& gateway_fd);
  Line& go_out(int& gateway_fd);
  /// From now on what the gateway writes to clients is stopped early.
  void narrow() { narrow_ = true; }
  /// An end for the gateway whose connection never comes about.
  int connect_to_nobody();
  /// Tells the owners what has come. False: nothing had.
  bool deliver();

 private:
  Line& connect(int& gateway_fd, bool can_reset);

  int epoll_;
  bool narrow_ = false;
  std::vector<std::unique_ptr<Line>> lines_;
};

}  // namespace headgate::sim
