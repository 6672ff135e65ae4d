#include "gateway/delivery/pause.h"

#include <coroutine>

#include "base/async/loop.h"
#include "base/async/poller.h"

namespace headgate::gateway {

namespace {

// Resumed by the timer or by the cancellation, whichever comes first.
class Pause {
 public:
  Pause(base::Context& ctx, base::MonoTime until)
      : loop_(ctx.loop),
        timer_(
            ctx.loop.wheel(), [](void* self) { static_cast<Pause*>(self)->over(); }, this),
        on_cancel_(
            ctx.cancellation, [](void* self) { static_cast<Pause*>(self)->over(); }, this) {
    timer_.arm(until);
  }

  bool await_ready() const noexcept { return over_; }
  void await_suspend(std::coroutine_handle<> caller) noexcept {
    wakeup_.resumes(caller);
    waiting_ = true;
  }
  void await_resume() const noexcept {}

 private:
  // Not from within: who cancels, or fires timers, goes on with its own work.
  void over() {
    over_ = true;
    if (waiting_) loop_.poller().later(wakeup_);
  }

  base::Loop& loop_;
  base::Wakeup wakeup_;
  bool over_ = false;
  bool waiting_ = false;
  base::WheelTimer timer_;
  base::Cancellation::Callback on_cancel_;
};

}  // namespace

base::Task<void> pause(base::Context& ctx, base::Duration time) {
  Pause pausing(ctx, ctx.loop.now() + time);
  co_await pausing;
  if (ctx.cancellation.cancelled()) {
    co_return base::fail(base::Errc::cancelled, "the caller went away");
  }
  co_return base::Result<void>{};
}

}  // namespace headgate::gateway
