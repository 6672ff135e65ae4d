// Calls the functions behind native tools, on threads of its own, so that no loop waits for one. A
// call that no thread has taken up by its deadline has not happened; of one that runs for longer
// nobody knows, and its thread stays busy until the function returns. One for the process; call()
// from any loop. Destroyed after its loops have stopped and before they are gone: waits for the
// functions that run, and drops what they say.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "agents/http_tools/call_outcome.h"
#include "agents/http_tools/request.h"
#include "agents/native/native_tool.h"
#include "base/async/task.h"
#include "base/context.h"

namespace headgate::agents {

class NativeTools {
 public:
  static constexpr std::size_t kWaitingMax = 1'000;  // calls that no thread has taken up

  /// No functions: no threads.
  NativeTools(NativeFunctions functions, std::size_t threads);
  ~NativeTools();
  NativeTools(const NativeTools&) = delete;
  NativeTools& operator=(const NativeTools&) = delete;

  const NativeFunctions& functions() const { return functions_; }
  /// REQUIRES: the tool is native.
  base::Async<CallOutcome> call(base::Context& ctx, const RunCall& call);

 private:
  struct Job;
  using JobPtr = std::shared_ptr<Job>;

  void work();
  JobPtr next();
  bool push(JobPtr job);

  const NativeFunctions functions_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<JobPtr> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;  // last: they use the others
};

}  // namespace headgate::agents
