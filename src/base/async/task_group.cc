#include "base/async/task_group.h"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

namespace headgate::base {

TaskGroup::TaskGroup(Executor executor, std::function<void(std::string_view)> on_escape)
    : executor_(std::move(executor)), on_escape_(std::move(on_escape)) {}

TaskGroup::~TaskGroup() = default;

void TaskGroup::spawn(Async<void> task) {
  ++running_;
  boost::asio::co_spawn(executor_, std::move(task), [this](const std::exception_ptr& escaped) {
    --running_;
    if (!escaped || !on_escape_) return;
    try {
      std::rethrow_exception(escaped);
    } catch (const std::exception& error) {
      on_escape_(error.what());
    } catch (...) {
      on_escape_("an exception of unknown type");
    }
  });
}

}  // namespace headgate::base
