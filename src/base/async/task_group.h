// Owns coroutines that outlive their starter (sessions, refreshes): counts them, catches what
// escapes from them, and tells when the last has ended. The only place that starts a detached
// coroutine. One per loop; not thread-safe. A task that has not ended when its loop does ends with
// it, suspended where it is, by the destructors of its frames.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "base/async/task.h"

namespace headgate::base {

class Loop;
class RootTasks;

/// A detached coroutine in its loop's list; stands in the coroutine's own frame.
class RootTask {
 public:
  RootTask(RootTasks& all, std::coroutine_handle<> frame);
  ~RootTask();
  RootTask(const RootTask&) = delete;
  RootTask& operator=(const RootTask&) = delete;

 private:
  friend class RootTasks;
  RootTasks& all_;
  std::coroutine_handle<> frame_;
  RootTask* prev_ = nullptr;
  RootTask* next_;
};

class RootTasks {
 public:
  RootTasks() = default;
  ~RootTasks();
  RootTasks(const RootTasks&) = delete;
  RootTasks& operator=(const RootTasks&) = delete;

 private:
  friend class RootTask;
  RootTask* first_ = nullptr;
};

class TaskGroup {
 public:
  /// `on_escape` is told of exceptions that a task let out: what() of each.
  TaskGroup(Loop& loop, std::function<void(std::string_view)> on_escape);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Runs `task` until it first waits. REQUIRES: called by the loop's thread, or before it runs.
  void spawn(Async<void> task);
  std::size_t running() const { return running_; }

 private:
  struct Root;
  Root run(Async<void> task);
  void escaped(std::string_view what) const;

  Loop& loop_;
  std::function<void(std::string_view)> on_escape_;
  std::size_t running_ = 0;
};

}  // namespace headgate::base
