#include "agents/native/native_tools.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <utility>

#include "agents/tools/content.h"
#include "base/async/mailbox.h"
#include "base/json/cursor.h"

namespace headgate::agents {

using base::Async;

struct NativeTools::Job {
  const NativeFunction& function;
  NativeCall call;
  std::function<void(NativeResult)> then;
  std::atomic<bool> is_taken{false};  // by a thread, or by who gave up waiting for one

  bool take() { return !is_taken.exchange(true); }
};

namespace {

// The one place that what a function of somebody else's throws can get to.
NativeResult run(const NativeFunction& function, const NativeCall& call) {
  try {
    return function(call);
  } catch (const std::exception& error) {
    return {NativeResult::Kind::failed, error.what()};
  } catch (...) {
    return {NativeResult::Kind::failed, "an exception of unknown type"};
  }
}

CallOutcome no_outcome(CallOutcome::Kind kind, std::string why) {
  CallOutcome out;
  out.kind = kind;
  out.why = std::move(why);
  return out;
}

CallOutcome outcome_of(NativeResult result) {
  using Kind = NativeResult::Kind;
  if (result.kind == Kind::unknown) {
    return no_outcome(CallOutcome::Kind::unknown, std::move(result.text));
  }
  CallOutcome out;
  out.attempts = 1;
  if (result.kind == Kind::json && !base::json::valid(result.text)) {
    out.result = text_result("The tool answered, but not as it should: it is not JSON", true);
    return out;
  }
  out.result = text_result(result.text, result.kind == Kind::failed);
  if (result.kind == Kind::json) out.result.structured = std::move(result.text);
  return out;
}

NativeCall native_call(const base::Context& ctx, const RunCall& call) {
  NativeCall out;
  out.tool = call.tool.name;
  out.arguments = call.arguments;
  out.user = ctx.user;
  out.tenant = ctx.principal->tenant;
  out.key_id = ctx.principal->key_id;
  out.run_id = call.run_id;
  out.idempotency_key = call.key;
  out.deadline =
      std::min(ctx.deadline, ctx.loop.now() + base::milliseconds(call.tool.config.timeout_ms));
  return out;
}

}  // namespace

NativeTools::NativeTools(NativeFunctions functions, std::size_t threads)
    : functions_(std::move(functions)) {
  if (functions_.empty()) return;
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

NativeTools::~NativeTools() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    jobs_.clear();
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

NativeTools::JobPtr NativeTools::next() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
  if (stopping_) return nullptr;
  JobPtr job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

void NativeTools::work() {
  while (const JobPtr job = next()) {
    if (job->take()) job->then(run(job->function, job->call));
  }
}

bool NativeTools::push(JobPtr job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || jobs_.size() >= kWaitingMax) return false;
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

Async<CallOutcome> NativeTools::call(base::Context& ctx, const RunCall& call) {
  const auto not_happened = CallOutcome::Kind::not_happened;
  const auto found = functions_.find(call.tool.name);
  if (found == functions_.end()) {
    co_return no_outcome(not_happened, "this program has no function for it any more");
  }
  base::Mailbox<NativeResult> result(ctx.loop, 1);
  const JobPtr job{new Job{found->second, native_call(ctx, call), result.sender()}};
  if (!push(job)) co_return no_outcome(not_happened, "too many calls of functions wait");
  co_await result.wait(job->call.deadline, ctx.cancellation);
  if (!result.empty()) co_return outcome_of(result.take());
  if (job->take()) co_return no_outcome(not_happened, "no thread was free for it in time");
  co_return no_outcome(CallOutcome::Kind::unknown, "its function has not returned in time");
}

}  // namespace headgate::agents
