// Sockets, time and waiting for the bench programs: plain Linux calls, so that what measures shares
// no code with what is measured. Every socket is non-blocking, close-on-exec and TCP_NODELAY.
// Failures to set up (bind, listen, limits) throw std::system_error; they end the program.
#pragma once

#include <netinet/in.h>
#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace headgate::load {

/// CLOCK_MONOTONIC: the same clock in every process of the machine, so stamps can cross processes.
std::int64_t now_ns();

inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t kNsPerSecond = 1'000'000'000;
inline constexpr std::int64_t kNsPerMs = 1'000'000;

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { reset(); }
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

/// "127.0.0.1:8080"; throws std::invalid_argument. IPv4 only: the bench stays on loopback.
sockaddr_in parse_address(std::string_view text);
std::string to_string(const sockaddr_in& address);

Fd listen_on(const sockaddr_in& address);
sockaddr_in local_address(const Fd& socket);
/// An invalid Fd when nothing is waiting.
Fd accept_from(const Fd& listener);
/// The connection is under way when this returns; an invalid Fd if the kernel refused at once.
Fd connect_to(const sockaddr_in& address);

/// Raises the limit on open files to what the kernel allows this user; returns the new limit.
std::size_t raise_fd_limit();
/// Timers fire when asked, not up to 50 µs later (the kernel's default slack).
void use_exact_timers();

/// Level-triggered epoll with deadlines in nanoseconds.
class Epoll {
 public:
  Epoll();
  void add(int fd, std::uint32_t events);
  void change(int fd, std::uint32_t events);
  /// Waits until something is ready or `wake_ns` (now_ns() time; kNever for no limit) has passed.
  std::span<const epoll_event> wait_until(std::int64_t wake_ns);

 private:
  Fd fd_;
  std::array<epoll_event, 512> events_{};
};

}  // namespace headgate::load
