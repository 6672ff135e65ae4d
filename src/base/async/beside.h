// A task that runs beside whoever owns it, in the owner's frame: the owner starts it, goes on with
// something else, and awaits its end before it goes itself. What escapes the task, the owner gets
// there. Only a loop's end may take an owner whose task has not ended; the task's frames go with
// it. One loop; not thread-safe.
#pragma once

#include <coroutine>
#include <exception>
#include <utility>

#include "base/async/loop.h"

namespace headgate::base {

class Beside {
 public:
  Beside(Loop& loop, Async<void> task) : loop_(loop), frame_(run(*this, std::move(task)).frame) {}
  ~Beside() { frame_.destroy(); }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

  /// Runs the task until it first waits. Once.
  void start() { frame_.resume(); }
  bool ended() const { return ended_; }

  // For co_await, after start(). Resumes when the loop is done with what ended the task.
  bool await_ready() const noexcept { return ended_; }
  void await_suspend(std::coroutine_handle<> owner) {
    wakeup_.resumes(owner);
    waiting_ = true;
  }
  void await_resume() {
    if (escaped_) std::rethrow_exception(std::exchange(escaped_, nullptr));
  }

 private:
  struct Frame {
    struct promise_type {
      explicit promise_type(Beside& its_owner, const Async<void>& /*task*/) : owner(its_owner) {}
      Frame get_return_object() {
        return {std::coroutine_handle<promise_type>::from_promise(*this)};
      }
      std::suspend_always initial_suspend() const noexcept { return {}; }
      std::suspend_always final_suspend() const noexcept {
        owner.over();
        return {};
      }
      void return_void() const noexcept {}
      void unhandled_exception() const noexcept { owner.escaped_ = std::current_exception(); }
      Beside& owner;
    };
    std::coroutine_handle<promise_type> frame;
  };
  static Frame run(Beside& /*owner*/, Async<void> task) { co_await task; }

  void over() noexcept {
    ended_ = true;
    if (waiting_) loop_.poller().later(wakeup_);
  }

  Loop& loop_;
  bool ended_ = false;
  bool waiting_ = false;
  std::exception_ptr escaped_;
  Wakeup wakeup_;
  std::coroutine_handle<Frame::promise_type> frame_;  // last: goes first
};

}  // namespace headgate::base
