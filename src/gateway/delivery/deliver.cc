#include "gateway/delivery/deliver.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/async/loop.h"
#include "base/text/strings.h"
#include "gateway/attempt.h"
#include "gateway/carry/caller_stream.h"
#include "gateway/carry/continued_path.h"
#include "gateway/delivery/health.h"
#include "gateway/delivery/pause.h"
#include "gateway/delivery/plan.h"
#include "gateway/prepare.h"
#include "gateway/upstream/headers.h"

namespace headgate::gateway {

namespace chat = llm::chat;
using base::Async;
using base::Errc;
using base::Result;
using base::Task;
using resilience::FailureKind;

namespace {

using Outcome = std::optional<Failure>;  // nothing: the caller has its answer

// The target's leave for one attempt, returned on every way out.
class Leave {
 public:
  Leave(const Call& call, const resilience::Permit& permit)
      : call_(call), health_(*call.model->health), permit_(permit) {}
  ~Leave() {
    if (!reported_) report(&cancelled());
  }
  Leave(const Leave&) = delete;
  Leave& operator=(const Leave&) = delete;

  void report(const Failure* failure) {
    reported_ = true;
    const Attempt& attempt = call_.attempts.back();
    std::optional<base::Duration> first_token;
    if (attempt.first_token) first_token = *attempt.first_token - attempt.begun;
    health_.leave(permit_, failure, first_token, call_.ctx.loop.now());
  }

 private:
  static const Failure& cancelled() {
    static const Failure failure{FailureKind::cancelled, {}, {}, {}, {}, false};
    return failure;
  }
  const Call& call_;
  TargetHealth& health_;
  resilience::Permit permit_;
  bool reported_ = false;
};

// Retries come out of two pockets: the route's and the provider's.
class Pockets final : public RetryGrants {
 public:
  explicit Pockets(const Call& call) : call_(call) {}
  bool grant(const Model& target) override {
    const base::MonoTime now = call_.ctx.loop.now();
    if (call_.route->budget && !call_.route->budget->withdraw(now)) return false;
    return target.provider->budget == nullptr || target.provider->budget->withdraw(now);
  }
  void on_request() {
    const base::MonoTime now = call_.ctx.loop.now();
    if (call_.route->budget) call_.route->budget->on_request(now);
    if (call_.model->provider->budget) call_.model->provider->budget->on_request(now);
  }

 private:
  const Call& call_;
};

int retries_elsewhere(const Call& call) {
  const auto count = base::parse_u64(call.ask.headers.get("x-stainless-retry-count"));
  return count ? static_cast<int>(std::min<std::uint64_t>(*count, 100)) : 0;
}

PlanInput plan_input(const Call& call) {
  PlanInput input{*call.catalog, *call.route, *call.model, call.deadline};
  input.retries_elsewhere = retries_elsewhere(call);
  input.may_fall_back = call.ask.operation == Operation::chat;
  return input;
}

class Delivery {
 public:
  Delivery(Call& call, const DeliveryTools& tools, AnswerSink& answer)
      : call_(call), tools_(tools), answer_(answer), plan_(plan_input(call)), pockets_(call) {}

  Task<void> run();

 private:
  Async<Outcome> try_target();
  Async<Outcome> send(std::string_view body);
  Failure not_now(const TargetHealth::Entry& entry);
  Plan::Step next(const Failure& failure);
  std::optional<Plan::Step> save(const Failure& failure);
  bool write_behind(UnfinishedAnswer so_far);
  void remember(Failure failure);
  Task<void> give_up();

  Call& call_;
  DeliveryTools tools_;
  AnswerSink& answer_;
  Plan plan_;
  Pockets pockets_;
  CallerStream stream_;
  std::string_view why_;                       // of the attempt to come, where it is not the first
  std::optional<std::string> continued_body_;  // of the attempt to come, when it goes on
  std::optional<Failure> last_;                // what the caller is told of, if nothing helps
};

Failure Delivery::not_now(const TargetHealth::Entry& entry) {
  if (!call_.skipped.empty()) call_.skipped += ", ";
  call_.skipped += call_.model->provider->name + "/" + call_.model->upstream_model;
  call_.skipped += entry.asked_to_wait ? " (asked for a pause)" : " (breaker open)";
  const std::string model = "model \"" + call_.model->name + "\" ";
  Failure out = failure_of(
      entry.asked_to_wait
          ? base::fail(Errc::rate_limited, model +
                                               "is limited by its provider, which has asked for "
                                               "a pause; no other model could answer")
          : base::fail(Errc::overloaded, model + "has failed too often and is left alone for a "
                                                 "while; no other model could answer"));
  out.kind = FailureKind::refused_by_us;
  if (entry.retry_at != base::MonoTime::max()) {
    const base::Duration left = entry.retry_at - call_.ctx.loop.now();
    out.retry_after = std::max<base::Duration>(left, base::milliseconds(1));
  }
  return out;
}

Async<Outcome> Delivery::send(std::string_view body) {
  auto outcome = co_await run_attempt(call_, tools_.call, tools_.upstreams, body, answer_, stream_);
  if (outcome) {
    call_.end_attempt(outcome->error, resilience::row(outcome->kind).name);
  }
  co_return outcome;
}

Async<Outcome> Delivery::try_target() {
  std::string_view body;
  if (continued_body_) {
    body = *continued_body_;
  } else {
    const auto made = tools_.bodies.for_target(call_);
    if (!made) co_return failure_of(made.error());
    body = *made;
  }
  TargetHealth::Entry entry;
  entry.permit.emplace();
  if (call_.model->health) {
    entry = call_.model->health->enter(call_.ctx.loop.now(), call_.ctx.loop.random());
  }
  if (!entry.permit) co_return not_now(entry);
  Attempt& attempt = call_.begin_attempt();
  if (!why_.empty()) attempt.attributes.push_back({"why", why_});
  if (!call_.model->health) {
    auto unguarded = co_await send(body);
    co_return unguarded;
  }
  Leave leave(call_, *entry.permit);
  auto outcome = co_await send(body);
  leave.report(outcome ? &*outcome : nullptr);
  co_return outcome;
}

bool is_skip(const Failure& failure) { return failure.kind == FailureKind::refused_by_us; }

// What the caller is told of: a target that was not even asked says less than one that was.
void Delivery::remember(Failure failure) {
  if (!last_ || !is_skip(failure)) last_ = std::move(failure);
}

// The next attempt writes behind what the caller has got. False: it cannot.
bool Delivery::write_behind(UnfinishedAnswer so_far) {
  auto body = continued_request(call_, tools_.call.vault,
                                so_far.is_visible() ? *so_far.text() : std::string());
  if (!body) return false;
  continued_body_ = std::move(*body);
  stream_.path = make_continued_path(call_, std::move(so_far));
  return true;
}

// After a break that the caller could see. Nothing: the answer cannot be saved.
std::optional<Plan::Step> Delivery::save(const Failure& failure) {
  const OnBreak rule = call_.route->on_break;
  if (rule != OnBreak::continue_with && rule != OnBreak::restart) return std::nullopt;
  // One that will not go on from the beginning of an answer is not the last word.
  const bool refused = continued_body_ && failure.kind == FailureKind::caller_fault;
  if (!refused && resilience::row(failure.kind).next != resilience::Next::any) return std::nullopt;
  auto so_far = stream_.path->release();
  if (!so_far) return std::nullopt;
  Plan::Step step;
  if (!so_far->is_visible()) {
    step = plan_.after(failure, call_.ctx.loop.now(), pockets_, call_.ctx.loop.random());
  } else if (rule == OnBreak::continue_with && so_far->text()) {
    step = plan_.to_continue();
  }
  if (step.target == nullptr) return std::nullopt;
  call_.model = step.target;
  if (!write_behind(std::move(*so_far))) return std::nullopt;
  return step;
}

Task<void> Delivery::give_up() {
  const Failure& failure = *last_;
  call_.ctx.retried = plan_.has_retried() || failure.kind == FailureKind::refused_by_us;
  if (stream_.begun) {
    call_.error = failure.error;
    call_.settle(tools_.call);
    // A provider's own error stands there already, in the caller's dialect.
    if (stream_.path && !stream_.path->error()) stream_.path->fail(failure.error, stream_.out);
    auto ended = co_await answer_.broken(stream_.out);
    co_return Result<void>{};
  }
  if (failure.retry_after) call_.ctx.retry_after = *failure.retry_after;
  if (!failure.reply) co_return failure.error;
  call_.error = failure.error;
  call_.reply_status = failure.reply->head.status();
  call_.settle(tools_.call);
  http::ReplyHead head = failure.reply->head;
  add_delivery(call_, head);
  if (call_.ctx.retried || failure.should_retry) {
    const bool helps = !call_.ctx.retried && *failure.should_retry;
    head.add("x-should-retry", helps ? "true" : "false");
  }
  auto sent = co_await answer_.whole(head, failure.reply->body);
  co_return Result<void>{};
}

// What comes after a failed attempt.
Plan::Step Delivery::next(const Failure& failure) {
  if (call_.ctx.cancellation.cancelled()) return {};
  if (stream_.begun) return save(failure).value_or(Plan::Step{});
  stream_.forget();
  continued_body_.reset();
  return plan_.after(failure, call_.ctx.loop.now(), pockets_, call_.ctx.loop.random());
}

Task<void> Delivery::run() {
  pockets_.on_request();
  while (true) {
    auto outcome = co_await try_target();
    if (!outcome) co_return Result<void>{};
    Failure failure = std::move(*outcome);
    // What was asked for can be said to the first model, but not to this one.
    const bool unsaid = failure.kind == FailureKind::caller_fault && !failure.reply;
    if (unsaid && plan_.has_retried()) failure.kind = FailureKind::refused_by_us;
    const Plan::Step step = next(failure);
    remember(std::move(failure));
    if (step.target == nullptr) break;
    call_.model = step.target;
    why_ = step.why;
    if (step.wait <= base::Duration::zero()) continue;
    auto paused = co_await pause(call_.ctx, step.wait);
    if (!paused) co_return paused.error();
  }
  auto done = co_await give_up();
  co_return done;
}

}  // namespace

Task<void> deliver(Call& call, const DeliveryTools& tools, AnswerSink& answer) {
  Delivery delivery(call, tools, answer);
  auto done = co_await delivery.run();
  co_return done;
}

}  // namespace headgate::gateway
