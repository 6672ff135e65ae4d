// Readiness of a loop's plain sockets, from an epoll of its own: each is registered once,
// edge-triggered, so an operation costs its own system call and nothing else. The poller's epoll is
// one descriptor to Asio, which goes on waiting for everything else. Belongs to one loop and its
// thread.
#pragma once

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>

#include "base/async/task.h"

namespace headgate::base {

class Poller;

/// Somebody to call from the loop, later: a coroutine to resume or a function of an object. Stands
/// in at most one queue; leaves it when it is destroyed.
class Wakeup {
 public:
  Wakeup() = default;
  ~Wakeup() { unlink(); }
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  void resumes(std::coroutine_handle<> coroutine) {
    owner_ = coroutine.address();
    fire_ = [](void* frame) { std::coroutine_handle<>::from_address(frame).resume(); };
  }
  void calls(void (*function)(void*), void* owner) {
    fire_ = function;
    owner_ = owner;
  }
  void fire() { fire_(owner_); }
  void unlink();

 private:
  friend class Poller;
  void link_before(Wakeup& next);
  void (*fire_)(void*) = nullptr;
  void* owner_ = nullptr;
  Wakeup* prev_ = nullptr;
  Wakeup* next_ = nullptr;
};

/// What the poller says of one socket. The owner registers it, and deregisters before it closes the
/// socket.
class Polled {
 public:
  /// Told, from the loop, when `events` (EPOLLIN…) have come.
  using Tell = void (*)(void* owner, std::uint32_t events);

  Polled(Poller& poller, Tell tell, void* owner) : poller_(poller), tell_(tell), owner_(owner) {}
  ~Polled() { remove(); }
  Polled(const Polled&) = delete;
  Polled& operator=(const Polled&) = delete;

  /// The first events come even if they are there already. False: the system refused (errno).
  bool add(int fd);
  void remove();

 private:
  friend class Poller;
  Poller& poller_;
  Tell tell_;
  void* owner_;
  int fd_ = -1;
};

class Poller {
 public:
  explicit Poller(asio::io_context& io);
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// Fires `wakeup` after everything that is ready now was told.
  void later(Wakeup& wakeup);

 private:
  friend class Polled;
  using Descriptor = asio::posix::basic_stream_descriptor<Executor>;
  static constexpr std::size_t kEventsMax = 128;
  static constexpr int kRoundsMax = 4;  // then Asio's turn

  void start();
  void wait();
  void run();
  std::size_t poll();
  void fire_queued();
  void post_rest();
  void forget(const Polled& polled);

  asio::io_context& io_;
  Descriptor epoll_;
  bool started_ = false;
  bool running_ = false;
  bool posted_ = false;
  std::array<epoll_event, kEventsMax> events_{};
  std::span<epoll_event> untold_;  // of events_
  Wakeup queue_;                   // the head of a ring
};

}  // namespace headgate::base
