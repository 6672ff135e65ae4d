// Owns coroutines that outlive their starter (sessions, refreshes): counts them, catches what
// escapes from them, and tells when the last has ended. The only place that starts a detached
// coroutine. One per loop; not thread-safe.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <string_view>

namespace headgate::base {

class TaskGroup {
 public:
  /// `on_escape` is told of exceptions that a task let out: what() of each.
  TaskGroup(boost::asio::any_io_executor executor, std::function<void(std::string_view)> on_escape);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  void spawn(boost::asio::awaitable<void> task);
  std::size_t running() const { return running_; }

 private:
  boost::asio::any_io_executor executor_;
  std::function<void(std::string_view)> on_escape_;
  std::size_t running_ = 0;
};

}  // namespace headgate::base
