#include "net.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>

namespace headgate::load {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void set_nodelay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

const sockaddr* as_sockaddr(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

}  // namespace

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kNsPerSecond + now.tv_nsec;
}

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

sockaddr_in parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  std::uint16_t port = 0;
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), port);
    const std::string host(text.substr(0, colon));
    if (error == std::errc{} && end == digits.end() &&
        ::inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1) {
      address.sin_port = htons(port);
      return address;
    }
  }
  throw std::invalid_argument("not an IPv4 address with a port: " + std::string(text));
}

std::string to_string(const sockaddr_in& address) {
  std::array<char, INET_ADDRSTRLEN> host{};
  ::inet_ntop(AF_INET, &address.sin_addr, host.data(), host.size());
  return std::string(host.data()) + ":" + std::to_string(ntohs(address.sin_port));
}

Fd listen_on(const sockaddr_in& address) {
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) fail("socket");
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.get(), as_sockaddr(address), sizeof address) != 0) fail("bind");
  if (::listen(socket.get(), SOMAXCONN) != 0) fail("listen");
  return socket;
}

sockaddr_in local_address(const Fd& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    fail("getsockname");
  }
  return address;
}

Fd accept_from(const Fd& listener) {
  Fd client(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (client.is_open()) set_nodelay(client.get());
  return client;
}

Fd connect_to(const sockaddr_in& address) {
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return socket;
  set_nodelay(socket.get());
  const bool refused = ::connect(socket.get(), as_sockaddr(address), sizeof address) != 0;
  if (refused && errno != EINPROGRESS) socket.reset();
  return socket;
}

std::size_t raise_fd_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) fail("getrlimit");
  const rlim_t wanted = 65536;
  const rlimit raised{wanted, std::max(limit.rlim_max, wanted)};
  if (limit.rlim_cur >= wanted || ::setrlimit(RLIMIT_NOFILE, &raised) == 0) return wanted;
  limit.rlim_cur = limit.rlim_max;  // without privilege: as far as the hard limit
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

void use_exact_timers() { ::prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0); }

Epoll::Epoll() : fd_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!fd_.is_open()) fail("epoll_create1");
}

void Epoll::add(int fd, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.fd = fd}};
  if (::epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl add");
}

void Epoll::change(int fd, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.fd = fd}};
  if (::epoll_ctl(fd_.get(), EPOLL_CTL_MOD, fd, &event) != 0) fail("epoll_ctl mod");
}

std::span<const epoll_event> Epoll::wait_until(std::int64_t wake_ns) {
  timespec limit{};
  if (wake_ns != kNever) {
    const std::int64_t left_ns = std::max<std::int64_t>(0, wake_ns - now_ns());
    limit = {.tv_sec = left_ns / kNsPerSecond, .tv_nsec = left_ns % kNsPerSecond};
  }
  const timespec* timeout = wake_ns == kNever ? nullptr : &limit;
  const int ready =
      ::epoll_pwait2(fd_.get(), events_.data(), static_cast<int>(events_.size()), timeout, nullptr);
  if (ready < 0 && errno != EINTR) fail("epoll_pwait2");
  return {events_.data(), static_cast<std::size_t>(std::max(ready, 0))};
}

}  // namespace headgate::load
