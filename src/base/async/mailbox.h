// News for one coroutine: others put items in, it waits until there are some, a time has come or
// nobody wants it to wait any more. Bounded: what finds it full is dropped and counted. Stands in
// the coroutine's frame. put() is for the loop's own thread, sender() for any, also when the frame
// is gone, but not when the loop is.
#pragma once

#include <boost/asio/post.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/async/cancellation.h"
#include "base/async/loop.h"

namespace headgate::base {

template <class T>
class Mailbox {
 public:
  Mailbox(Loop& loop, std::size_t items_max)
      : loop_(loop), state_(std::make_shared<State>(items_max)) {}
  ~Mailbox() { state_->closed = true; }
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// False: it was full.
  bool put(T item) { return put_into(*state_, std::move(item)); }
  std::function<void(T)> sender() {
    return [&io = loop_.io(), state = state_](T item) {
      asio::post(io,
                 [state, item = std::move(item)]() mutable { put_into(*state, std::move(item)); });
    };
  }
  /// Ends a wait without news.
  void wake() { wake(*state_); }

  bool empty() const { return state_->items.empty(); }
  /// The oldest. REQUIRES: !empty().
  T take() {
    T item = std::move(state_->items.front());
    state_->items.pop_front();
    return item;
  }
  std::size_t dropped() const { return state_->dropped; }

  /// Until there is an item, wake(), `until` or `cancellation`; at once when there is one.
  Async<void> wait(MonoTime until, Cancellation& cancellation) {
    if (!empty() || cancellation.cancelled()) co_return;
    state_->signal.emplace();
    const Cancellation::Callback stop(
        cancellation, [](void* state) { wake(*static_cast<State*>(state)); }, state_.get());
    co_await sleep_until(loop_, until, *state_->signal);
    state_->signal.reset();
  }

 private:
  struct State {
    explicit State(std::size_t max) : items_max(max) {}
    const std::size_t items_max;
    std::deque<T> items;
    std::size_t dropped = 0;
    bool closed = false;
    std::optional<Cancellation> signal;  // there is one while somebody waits
  };

  static void wake(State& state) {
    if (state.signal) state.signal->cancel();
  }
  static bool put_into(State& state, T item) {
    if (state.closed) return false;
    if (state.items.size() >= state.items_max) {
      ++state.dropped;
      return false;
    }
    state.items.push_back(std::move(item));
    wake(state);
    return true;
  }

  Loop& loop_;
  std::shared_ptr<State> state_;
};

}  // namespace headgate::base
