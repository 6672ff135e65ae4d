// Async<T>, the coroutine type of the whole program, and Task<T>, one that ends in a Result<T>.
// Lazy: runs when awaited, on the stack of who awaits it until it first has to wait; what it waits
// for resumes it directly. It belongs to one loop and is never touched by another thread. Asio's
// operations are awaited by way of a Completion.
// GCC 12 miscompiles braced temporaries and capturing lambdas inside a co_await expression, so: one
// co_await a statement, its arguments named variables, its result bound to one plain name
// (docs/style.md; tools/tidy.py checks).
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace headgate::base {

namespace asio = boost::asio;

/// Of everything that is Asio's: known, because a type-erased one costs virtual calls an operation.
using Executor = asio::io_context::executor_type;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

template <class T>
class Async;

/// What the promises of all coroutines have in common.
class PromiseBase {
 public:
  std::suspend_always initial_suspend() const noexcept { return {}; }
  auto final_suspend() const noexcept {
    struct ToContinuation {
      std::coroutine_handle<> continuation;
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<>) const noexcept {
        return continuation;
      }
      void await_resume() const noexcept {}
    };
    return ToContinuation{continuation_};
  }
  void unhandled_exception() noexcept { escaped_ = std::current_exception(); }

 protected:
  void rethrow() {
    if (escaped_) [[unlikely]]
      std::rethrow_exception(std::exchange(escaped_, nullptr));
  }

 private:
  template <class T>
  friend class Async;
  std::coroutine_handle<> continuation_ = std::noop_coroutine();
  std::exception_ptr escaped_;
};

template <class T>
class Promise : public PromiseBase {
 public:
  Async<T> get_return_object() noexcept;
  template <class U>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() {
    rethrow();
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
};

template <>
class Promise<void> : public PromiseBase {
 public:
  Async<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() { rethrow(); }
};

template <class T>
class [[nodiscard]] Async {
 public:
  using promise_type = Promise<T>;

  explicit Async(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
  Async(Async&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Async& operator=(Async&&) = delete;
  ~Async() {
    if (frame_) frame_.destroy();
  }

  // For co_await. A task that never waits suspends nobody.
  bool await_ready() {
    frame_.resume();
    return frame_.done();
  }
  void await_suspend(std::coroutine_handle<> caller) { frame_.promise().continuation_ = caller; }
  T await_resume() { return frame_.promise().take(); }

 private:
  std::coroutine_handle<promise_type> frame_;
};

template <class T>
Async<T> Promise<T>::get_return_object() noexcept {
  return Async<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Async<void> Promise<void>::get_return_object() noexcept {
  return Async<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

template <class T>
using Task = Async<Result<T>>;

}  // namespace headgate::base
