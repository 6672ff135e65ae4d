// Owns coroutines that outlive their starter (sessions, refreshes): counts them, catches what
// escapes from them, and tells when the last has ended. The only place that starts a detached
// coroutine. One per loop; not thread-safe.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "base/async/task.h"

namespace headgate::base {

class TaskGroup {
 public:
  /// `on_escape` is told of exceptions that a task let out: what() of each.
  TaskGroup(Executor executor, std::function<void(std::string_view)> on_escape);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  void spawn(Async<void> task);
  std::size_t running() const { return running_; }

 private:
  Executor executor_;
  std::function<void(std::string_view)> on_escape_;
  std::size_t running_ = 0;
};

}  // namespace headgate::base
