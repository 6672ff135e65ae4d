#include "base/async/task_group.h"

#include <exception>
#include <utility>

#include "base/async/loop.h"

namespace headgate::base {

RootTask::RootTask(RootTasks& all, std::coroutine_handle<> frame)
    : all_(all), frame_(frame), next_(all.first_) {
  if (next_ != nullptr) next_->prev_ = this;
  all_.first_ = this;
}

RootTask::~RootTask() {
  if (next_ != nullptr) next_->prev_ = prev_;
  (prev_ != nullptr ? prev_->next_ : all_.first_) = next_;
}

RootTasks::~RootTasks() {
  while (first_ != nullptr) first_->frame_.destroy();
}

/// The coroutine around a task; its frame goes when it ends.
struct TaskGroup::Root {
  struct promise_type {
    explicit promise_type(TaskGroup& group, const Async<void>& /*task*/)
        : in_loop(group.loop_.roots_, std::coroutine_handle<promise_type>::from_promise(*this)) {}
    Root get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
    RootTask in_loop;
  };
};

TaskGroup::TaskGroup(Loop& loop, std::function<void(std::string_view)> on_escape)
    : loop_(loop), on_escape_(std::move(on_escape)) {}

TaskGroup::~TaskGroup() = default;

void TaskGroup::spawn(Async<void> task) {
  ++running_;
  run(std::move(task));
}

TaskGroup::Root TaskGroup::run(Async<void> task) {
  try {
    co_await task;
  } catch (const std::exception& error) {
    escaped(error.what());
  } catch (...) {
    escaped("an exception of unknown type");
  }
  --running_;
}

void TaskGroup::escaped(std::string_view what) const {
  if (on_escape_) on_escape_(what);
}

}  // namespace headgate::base
