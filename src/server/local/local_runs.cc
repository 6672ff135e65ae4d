#include "server/local/local_runs.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <future>
#include <utility>

#include "base/async/handoff.h"
#include "base/owner.h"
#include "base/trace_context.h"
#include "server/agents/run_wait.h"
#include "server/approvals/decide.h"

namespace headgate::server {

using base::Async;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;

struct LocalRuns::OfLoop {
  base::Loop& loop;
  agents::Runner& runner;
  base::TaskGroup tasks;
  std::vector<base::Cancellation*> calls;  // under way here; the loop's own
  bool is_closing = false;

  /// Under way for as long as it lives.
  class Listed {
   public:
    Listed(OfLoop& of, base::Cancellation& call) : of_(of), call_(call) {
      of_.calls.push_back(&call_);
    }
    ~Listed() {
      auto& all = of_.calls;
      all.erase(std::remove(all.begin(), all.end(), &call_), all.end());
    }
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;

   private:
    OfLoop& of_;
    base::Cancellation& call_;
  };

  void cancel_all() {
    is_closing = true;
    while (!calls.empty()) {
      base::Cancellation* const call = calls.back();
      calls.pop_back();
      call->cancel();
    }
  }
};

/// Shared by the thread that waits and the loop.
template <class T>
struct LocalRuns::Call {
  base::Cancellation cancellation;  // the loop's
  std::promise<Result<T>> answer;
};

namespace {

base::Error is_closed() { return fail(Errc::draining, "Headgate is shutting down."); }

std::string label_of(const base::Principal& who) {
  return who.user.empty() ? "program" : who.user + " (program)";
}

Task<LocalRun> show(base::Context& ctx, agents::Runner& runner, const std::string& id) {
  base::Handoff<storage::StoredRun> found(ctx.loop, ctx.cancellation);
  runner.store().find(id, found.receiver());
  auto stored = co_await found;
  if (!stored) co_return stored.error();
  LocalRun out{agents::fold(id, stored->entries), std::move(stored->row)};
  co_return out;
}

Task<LocalRun> begin_run(base::Context& ctx, agents::Runner& runner, const LocalAsk& ask) {
  base::Random& random = ctx.loop.random();
  if (auto trace = base::parse_traceparent(ask.traceparent)) {
    ctx.trace = *trace;
  } else {
    ctx.trace.trace = base::TraceId::random(random);
  }
  ctx.trace.span = base::SpanId::random(random);
  ctx.request_id = "req_" + base::TraceId::random(random).hex();
  ctx.principal = &ask.who;
  ctx.user = ask.who.user;
  auto created = co_await runner.create(ctx, ask.run);
  if (!created) co_return created.error();
  auto shown = co_await show(ctx, runner, created->id);
  co_return shown;
}

Task<void> decide_call(base::Context& ctx, agents::Runner& runner, const LocalDecision& asked) {
  const auto waiting = runner.waiting().find(asked.run_id, asked.call_id);
  if (!waiting) {
    co_return fail(Errc::not_found, "The run `" + asked.run_id + "` has no call `" + asked.call_id +
                                        "` that waits for approval.");
  }
  const base::Principal& who = asked.who;
  agents::Decider decider;
  decider.label = label_of(who);
  decider.user = who.user;
  decider.tenant = who.tenant;
  decider.owner = base::owner_of(who);
  decider.scopes = who.scopes;
  const auto may =
      agents::may_decide(decider, waiting->call, waiting->origin, waiting->owner, waiting->policy);
  if (!may) co_return may.error();
  const Making making{*waiting, decider, asked.decision, {"program", who.user, who.tenant}};
  auto made = co_await make_decision(ctx, runner, making);
  co_return made;
}

Task<void> cancel_run(base::Context& ctx, agents::Runner& runner, const std::string& id,
                      const base::Principal& who) {
  agents::Command command;
  command.by = label_of(who);
  auto obeyed = co_await runner.command(ctx, id, command);
  co_return obeyed;
}

}  // namespace

LocalRuns::LocalRuns(base::Log& log) : log_(log) {}
LocalRuns::~LocalRuns() = default;

void LocalRuns::add_loop(base::Loop& loop, agents::Runner& runner) {
  loops_.emplace_back(
      new OfLoop{loop,
                 runner,
                 base::TaskGroup(loop,
                                 [this](std::string_view what) {
                                   log_.error("local_call_escaped", {{"error", what}});
                                 }),
                 {},
                 false});
}

LocalRuns::OfLoop* LocalRuns::enter() {
  const std::lock_guard lock(mutex_);
  if (closed_) return nullptr;
  ++calls_;
  return loops_[next_++ % loops_.size()].get();
}

void LocalRuns::leave() {
  const std::lock_guard lock(mutex_);
  --calls_;
  left_.notify_all();
}

void LocalRuns::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  for (auto& of : loops_) boost::asio::post(of->loop.io(), [&of = *of] { of.cancel_all(); });
  left_.wait(lock, [this] { return calls_ == 0; });
}

template <class T>
Async<void> LocalRuns::run(OfLoop& of, std::shared_ptr<Call<T>> call, Work<T> work) {
  if (of.is_closing) {
    call->answer.set_value(is_closed());
    co_return;
  }
  const typename OfLoop::Listed listed(of, call->cancellation);
  base::Context ctx{of.loop, call->cancellation};
  auto answer = co_await work(ctx, of.runner);
  if (of.is_closing && !answer && answer.error().code == Errc::cancelled) answer = is_closed();
  call->answer.set_value(std::move(answer));
}

template <class T>
Result<T> LocalRuns::on_a_loop(Work<T> work, std::optional<base::Duration> timeout) {
  OfLoop* const of = enter();
  if (of == nullptr) return is_closed();
  auto call = std::make_shared<Call<T>>();
  auto answer = call->answer.get_future();
  boost::asio::post(of->loop.io(), [of, call, work = std::move(work)]() mutable {
    of->tasks.spawn(run<T>(*of, std::move(call), std::move(work)));
  });
  if (timeout && answer.wait_for(*timeout) == std::future_status::timeout) {
    boost::asio::post(of->loop.io(), [call] { call->cancellation.cancel(); });
  }
  call.reset();  // so that a coroutine that ends without an answer ends the wait too
  Result<T> out = fail(Errc::internal, "The call ended without an answer; the log says why.");
  try {
    out = answer.get();
  } catch (const std::future_error&) {
  }
  leave();
  return out;
}

Result<LocalRun> LocalRuns::begin(const LocalAsk& ask) {
  return on_a_loop<LocalRun>(
      [&ask](base::Context& ctx, agents::Runner& runner) { return begin_run(ctx, runner, ask); });
}

Result<LocalRun> LocalRuns::wait(const std::string& id, std::optional<base::Duration> timeout) {
  if (!timeout || *timeout > base::Duration::zero()) {
    const auto waited = on_a_loop<void>(
        [&id](base::Context& ctx, agents::Runner& runner) { return wait_for_run(ctx, runner, id); },
        timeout);
    if (!waited && waited.error().code != Errc::cancelled) return waited.error();
  }
  return on_a_loop<LocalRun>(
      [&id](base::Context& ctx, agents::Runner& runner) { return show(ctx, runner, id); });
}

Result<void> LocalRuns::decide(const LocalDecision& decision) {
  return on_a_loop<void>([&decision](base::Context& ctx, agents::Runner& runner) {
    return decide_call(ctx, runner, decision);
  });
}

Result<void> LocalRuns::cancel(const std::string& id, const base::Principal& who) {
  return on_a_loop<void>([&id, &who](base::Context& ctx, agents::Runner& runner) {
    return cancel_run(ctx, runner, id, who);
  });
}

}  // namespace headgate::server
