#include "base/async/completion.h"
#include "http/server/session.h"

namespace headgate::http {

namespace {

// A request that is answered sooner never pays for the watch.
constexpr base::Duration kWatchAfter = base::milliseconds(10);
constexpr std::size_t kWatchBytes = 1024;

}  // namespace

void Session::watch_soon() { timer_.arm(loop_.now() + kWatchAfter); }

// in_ may not move, because head_ points into it, and a large request fills it. Nothing else reads
// while the watch does, so this is the same buffer at its beginning and its end.
ByteBuffer& Session::watch_into() {
  if (!in_.spare_now().empty()) return in_;
  if (watched_.capacity() == 0) watched_.spare(kWatchBytes);
  return watched_;
}

void Session::watch() {
  const auto room = watch_into().spare_now();
  // A client that pipelined more than fits is only noticed when a write fails.
  if (watching_ || room.empty() || !transport_.open()) return;
  watching_ = true;
  transport_.read_then(room, [this](const boost::system::error_code& error, std::size_t n) {
    watch_read(error, n);
  });
}

void Session::watch_read(const boost::system::error_code& error, std::size_t n) {
  watching_ = false;
  watch_into().commit(n);
  if (watch_stopping_) {
    if (error && error != asio::error::operation_aborted) client_gone();
    watch_end_->cancel();
    return;
  }
  if (error) {
    client_gone();
  } else {
    watch();
  }
}

// The read under way must end before the session reads again; what it got is kept.
base::Async<void> Session::stop_watching() {
  if (!watching_) co_return;
  watch_stopping_ = true;
  watch_end_ = std::make_unique<base::Timer>(loop_.io(), base::MonoTime::max());
  transport_.interrupt();
  base::Completion<boost::system::error_code> ended;
  watch_end_->async_wait(ended.handler());
  co_await ended;
  watch_end_.reset();
  watch_stopping_ = false;
}

void Session::client_gone() {
  keep_alive_ = false;
  if (cancellation_) cancellation_->cancel();
}

}  // namespace headgate::http
