// Awaits one operation of Asio: handler() goes into the operation, co_await resumes with what it
// was called with in result(). Stands in the coroutine's frame, so the operation must have ended
// (been cancelled and told so) before that does; only a loop's end may take both at once.
#pragma once

#include <coroutine>
#include <tuple>
#include <utility>

namespace headgate::base {

template <class... Args>
class Completion {
 public:
  class Handler {
   public:
    explicit Handler(Completion& completion) : completion_(&completion) {}
    void operator()(Args... args) {
      completion_->result_ = std::tuple<Args...>(std::move(args)...);
      completion_->called_ = true;
      if (completion_->waiting_) completion_->waiting_.resume();
    }

   private:
    Completion* completion_;
  };

  Completion() = default;
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;

  Handler handler() { return Handler(*this); }
  template <std::size_t I = 0>
  auto& result() {
    return std::get<I>(result_);
  }

  // For co_await.
  bool await_ready() const noexcept { return called_; }
  void await_suspend(std::coroutine_handle<> caller) noexcept { waiting_ = caller; }
  void await_resume() const noexcept {}

 private:
  std::tuple<Args...> result_;
  bool called_ = false;
  std::coroutine_handle<> waiting_;
};

}  // namespace headgate::base
