#include "base/async/loop.h"

#include <boost/asio/executor_work_guard.hpp>

#include <algorithm>
#include <utility>

namespace headgate::base {

namespace {

// What a coroutine awaits to be resumed by the wheel, behind what is ready then.
class Sleep {
 public:
  Sleep(Loop& loop, MonoTime at)
      : loop_(loop),
        at_(at),
        timer_(
            loop.wheel(), [](void* self) { static_cast<Sleep*>(self)->over(); }, this) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> caller) {
    wakeup_.resumes(caller);
    timer_.arm(at_);
  }
  void await_resume() const noexcept {}

 private:
  void over() { loop_.poller().later(wakeup_); }

  Loop& loop_;
  MonoTime at_;
  WheelTimer timer_;
  Wakeup wakeup_;
};

}  // namespace

Loop::Loop(const Clock& clock, std::unique_ptr<Random> random)
    : clock_(clock),
      wheel_(clock.now()),
      random_(random ? std::move(random) : std::make_unique<RealRandom>()),
      ticker_(io_),
      next_tick_(clock.now()) {}

Loop::~Loop() = default;

void Loop::run() {
  const auto guard = asio::make_work_guard(io_);
  tick();
  io_.run();
}

void Loop::run_ready() {
  io_.restart();
  io_.poll();
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
  Sleep over(loop, at);
  co_await over;
}

}  // namespace headgate::base
