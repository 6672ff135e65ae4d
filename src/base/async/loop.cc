#include "base/async/loop.h"

#include <boost/asio/executor_work_guard.hpp>

#include <algorithm>

#include "base/async/completion.h"

namespace headgate::base {

Loop::Loop(const Clock& clock)
    : clock_(clock), wheel_(clock.now()), ticker_(io_), next_tick_(clock.now()) {}

Loop::~Loop() = default;

void Loop::run() {
  const auto guard = asio::make_work_guard(io_);
  tick();
  io_.run();
}

void Loop::stop() { io_.stop(); }

void Loop::tick() {
  const MonoTime now = clock_.now();
  const auto late = std::chrono::duration_cast<microseconds>(now - next_tick_).count();
  lag_us_.store(std::max<std::int64_t>(late, 0), std::memory_order_relaxed);
  wheel_.advance(now);
  next_tick_ = now + TimerWheel::kSlot;
  ticker_.expires_at(next_tick_);
  ticker_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

Async<void> sleep_until(Loop& loop, MonoTime at) {
  Timer timer(loop.io(), at);
  Completion<boost::system::error_code> over;
  timer.async_wait(over.handler());
  co_await over;
}

}  // namespace headgate::base
