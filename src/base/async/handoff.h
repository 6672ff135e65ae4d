// Awaits what another thread delivers: receiver() goes to that thread, co_await resumes on the
// loop's own with what it was called with, or with Errc::cancelled when the caller went away first.
// Stands in the coroutine's frame; the receiver may be called from any thread, also when the frame
// is gone, but not when the loop is. Nothing is shared but the loop's queue: both ends of the state
// are touched by the loop's thread alone.
#pragma once

#include <boost/asio/post.hpp>

#include <coroutine>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/async/cancellation.h"
#include "base/async/loop.h"

namespace headgate::base {

template <class T>
class Handoff {
 public:
  Handoff(Loop& loop, Cancellation& cancellation)
      : loop_(loop),
        state_(std::make_shared<State>()),
        on_cancel_(cancellation, &cancelled, this) {}
  ~Handoff() { state_->waiting = nullptr; }
  Handoff(const Handoff&) = delete;
  Handoff& operator=(const Handoff&) = delete;

  /// What comes after the first result is dropped.
  std::function<void(Result<T>)> receiver() {
    return [&io = loop_.io(), state = state_](Result<T> result) {
      asio::post(io, [state, result = std::move(result)]() mutable {
        deliver(*state, std::move(result));
      });
    };
  }

  // For co_await.
  bool await_ready() const noexcept { return state_->result.has_value(); }
  void await_suspend(std::coroutine_handle<> caller) noexcept { state_->waiting = caller; }
  Result<T> await_resume() { return std::move(*state_->result); }

 private:
  struct State {
    std::optional<Result<T>> result;
    std::coroutine_handle<> waiting;  // null: nobody waits yet, or any more
  };

  // Called by the loop alone: resuming ends frames, the one that the Handoff stands in among them.
  static void deliver(State& state, Result<T> result) {
    if (state.result) return;
    state.result.emplace(std::move(result));
    if (const auto waiting = std::exchange(state.waiting, nullptr)) waiting.resume();
  }
  // Whoever cancels may not outlive what is resumed, so that waits for the loop like any result.
  static void cancelled(void* self) {
    static_cast<Handoff*>(self)->receiver()(fail(Errc::cancelled, "the caller went away"));
  }

  Loop& loop_;
  std::shared_ptr<State> state_;
  Cancellation::Callback on_cancel_;  // last: it may fire in the constructor
};

}  // namespace headgate::base
