#include "network.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace headgate::sim {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr int kEventsMax = 64;
constexpr int kSmallest = 1;  // the system makes it a few thousand bytes

void check(bool ok, const char* what) {
  if (!ok) throw std::system_error(errno, std::system_category(), what);
}

std::pair<int, int> make_pair_of_sockets() {
  std::array<int, 2> fds{};
  check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) == 0,
        "socketpair");
  return {fds[0], fds[1]};
}

}  // namespace

void Line::send(std::string_view bytes) {
  if (fd_ < 0) return;
  unsent_ += bytes;
  flush();
}

void Line::flush() {
  while (!unsent_.empty()) {
    const ssize_t n = ::send(fd_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) return unsent_.clear();  // the other end is closed: told by the next event
    unsent_.erase(0, static_cast<std::size_t>(n));
  }
}

void Line::close() {
  if (fd_ < 0) return;
  char byte = 0;
  if (kept_ > 0) check(::recv(fd_, &byte, 1, MSG_DONTWAIT) == 1, "recv");
  reset();
}

void Line::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void Line::read() {
  std::array<char, kReadBytes> room;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  while (fd_ >= 0 && !paused_) {
    const ssize_t n = ::recv(fd_, room.data(), room.size(), MSG_PEEK | MSG_DONTWAIT);
    if (n <= static_cast<ssize_t>(kept_)) return;
    const auto size = static_cast<std::size_t>(n);
    const std::string fresh(room.data() + kept_, size - kept_);
    kept_ = can_reset_ ? 1 : 0;
    const std::size_t take = size - kept_;
    if (take > 0) check(::recv(fd_, room.data(), take, MSG_DONTWAIT) >= 0, "recv");
    if (owner_ != nullptr) owner_->on_bytes(fresh);
  }
}

void Line::resume() {
  paused_ = false;
  told(false);
}

void Line::told(bool ended) {
  end_came_ = end_came_ || ended;
  if (fd_ >= 0) flush();
  if (fd_ < 0 || paused_) return;
  read();
  if (!end_came_ || ended_ || fd_ < 0 || paused_) return;
  ended_ = true;
  if (owner_ != nullptr) owner_->on_end();
}

Network::Network() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) { check(epoll_ >= 0, "epoll_create1"); }

Network::~Network() { ::close(epoll_); }

Line& Network::come_in(int& gateway_fd) {
  Line& line = connect(gateway_fd, false);
  if (narrow_) ::setsockopt(gateway_fd, SOL_SOCKET, SO_SNDBUF, &kSmallest, sizeof kSmallest);
  return line;
}

Line& Network::go_out(int& gateway_fd) { return connect(gateway_fd, true); }

Line& Network::connect(int& gateway_fd, bool can_reset) {
  const auto [ours, theirs] = make_pair_of_sockets();
  gateway_fd = theirs;
  auto& line = *lines_.emplace_back(std::make_unique<Line>(ours, can_reset));
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &line;
  check(::epoll_ctl(epoll_, EPOLL_CTL_ADD, ours, &event) == 0, "epoll_ctl");
  return line;
}

// A socket that never becomes writable: its buffer is full and nobody reads.
int Network::connect_to_nobody() {
  const auto [ours, theirs] = make_pair_of_sockets();
  ::setsockopt(theirs, SOL_SOCKET, SO_SNDBUF, &kSmallest, sizeof kSmallest);
  const std::array<char, 1024> filling{};
  while (::send(theirs, filling.data(), filling.size(), MSG_NOSIGNAL) > 0) {
  }
  lines_.push_back(std::make_unique<Line>(ours, false));
  return theirs;
}

bool Network::deliver() {
  std::array<epoll_event, kEventsMax> events{};
  const int n = ::epoll_wait(epoll_, events.data(), kEventsMax, 0);
  for (int i = 0; i < n; ++i) {
    const auto& event = events.at(static_cast<std::size_t>(i));
    const bool ended = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    static_cast<Line*>(event.data.ptr)->told(ended);
  }
  return n > 0;
}

}  // namespace headgate::sim
