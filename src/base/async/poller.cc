#include "base/async/poller.h"

#include <boost/asio/post.hpp>

#include <cerrno>
#include <system_error>

namespace headgate::base {

void Wakeup::unlink() {
  if (prev_ == nullptr) return;
  prev_->next_ = next_;
  next_->prev_ = prev_;
  prev_ = next_ = nullptr;
}

void Wakeup::link_before(Wakeup& next) {
  prev_ = next.prev_;
  next_ = &next;
  prev_->next_ = this;
  next.prev_ = this;
}

bool Polled::add(int fd) {
  remove();
  poller_.start();
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = this;
  if (::epoll_ctl(poller_.epoll_.native_handle(), EPOLL_CTL_ADD, fd, &event) != 0) return false;
  fd_ = fd;
  return true;
}

void Polled::remove() {
  if (fd_ < 0) return;
  epoll_event ignored{};
  ::epoll_ctl(poller_.epoll_.native_handle(), EPOLL_CTL_DEL, fd_, &ignored);
  fd_ = -1;
  poller_.forget(*this);
}

Poller::Poller(asio::io_context& io) : io_(io), epoll_(io) {
  queue_.prev_ = queue_.next_ = &queue_;
}

Poller::~Poller() {
  while (queue_.next_ != &queue_) queue_.next_->unlink();
}

void Poller::start() {
  if (std::exchange(started_, true)) return;
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::system_category(), "epoll_create1");
  epoll_.assign(fd);
  wait();
}

void Poller::wait() {
  epoll_.async_wait(Descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (error) return;
    run();
    wait();
  });
}

// A busy loop finds the next events while it serves these: looked for again at once, which spares
// Asio's two system calls.
void Poller::run() {
  running_ = true;
  for (int round = 0; round < kRoundsMax; ++round) {
    if (poll() < 2) break;
  }
  running_ = false;
  post_rest();
}

std::size_t Poller::poll() {
  const int n = ::epoll_wait(epoll_.native_handle(), events_.data(), kEventsMax, 0);
  const std::size_t count = n > 0 ? static_cast<std::size_t>(n) : 0;
  untold_ = std::span(events_).first(count);
  while (!untold_.empty()) {
    const epoll_event event = untold_.front();
    untold_ = untold_.subspan(1);
    auto* polled = static_cast<Polled*>(event.data.ptr);
    if (polled != nullptr) polled->tell_(polled->owner_, event.events);
  }
  fire_queued();
  return count;
}

void Poller::later(Wakeup& wakeup) {
  wakeup.unlink();
  wakeup.link_before(queue_);
  if (!running_) post_rest();
}

// Those that stand there now: what they queue comes after what is ready then.
void Poller::fire_queued() {
  if (queue_.next_ == &queue_) return;
  Wakeup mark;
  mark.link_before(queue_);
  while (queue_.next_ != &mark) {
    Wakeup* const next = queue_.next_;
    next->unlink();
    next->fire_(next->owner_);
  }
}

void Poller::post_rest() {
  if (queue_.next_ == &queue_ || std::exchange(posted_, true)) return;
  asio::post(io_, [this] {
    posted_ = false;
    running_ = true;
    fire_queued();
    running_ = false;
    post_rest();
  });
}

// Of events that were fetched and not told yet.
void Poller::forget(const Polled& polled) {
  for (epoll_event& event : untold_) {
    if (event.data.ptr == &polled) event.data.ptr = nullptr;
  }
}

}  // namespace headgate::base
