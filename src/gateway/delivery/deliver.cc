#include "gateway/delivery/deliver.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/async/loop.h"
#include "base/text/strings.h"
#include "gateway/carry/caller_stream.h"
#include "gateway/carry/continued_path.h"
#include "gateway/degraded/last_resort.h"
#include "gateway/delivery/admission.h"
#include "gateway/delivery/health.h"
#include "gateway/delivery/make_attempt.h"
#include "gateway/delivery/plan.h"
#include "gateway/hedging/hedging.h"
#include "gateway/prepare.h"
#include "gateway/upstream/headers.h"

namespace headgate::gateway {

using base::Async;
using base::Errc;
using base::Result;
using base::Task;
using resilience::FailureKind;

namespace {

using Outcome = std::optional<Failure>;  // nothing: the caller has its answer

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
    const Model& asked = *call_.asked_model;
    if (asked.provider->budget) asked.provider->budget->on_request(now);
    if (call_.route->hedges) call_.route->hedges->on_request(now);
  }

 private:
  const Call& call_;
};

int retries_elsewhere(const Call& call) {
  const auto count = base::parse_u64(call.ask.headers.get("x-stainless-retry-count"));
  return count ? static_cast<int>(std::min<std::uint64_t>(*count, 100)) : 0;
}

PlanInput plan_input(const Call& call) {
  PlanInput input{*call.catalog, *call.route, *call.asked_model, call.ctx.deadline};
  input.retries_elsewhere = retries_elsewhere(call);
  input.may_fall_back = call.ask.operation == Operation::chat;
  return input;
}

class Delivery {
 public:
  Delivery(Call& call, const DeliveryTools& tools, AnswerSink& answer)
      : call_(call),
        tools_(tools),
        answer_(answer),
        plan_(plan_input(call)),
        pockets_(call),
        hedging_(call, tools, answer, plan_),
        last_resort_(call, tools_.call),
        coming_(std::make_unique<Attempt>(call, plan_.first())) {}

  Task<void> run();

 private:
  Async<Outcome> try_target();
  Outcome too_late() const;
  Async<Outcome> in_slot(AttemptPlaces& places);
  Failure not_now(const Model& model, const TargetHealth::Entry& entry);
  Plan::Step judge(Failure failure);
  Plan::Step next(const Failure& failure);
  Plan::Step next_writer(const UnfinishedAnswer& so_far, const Failure& failure);
  Plan::Step save(const Failure& failure);
  void remember(Failure failure);
  bool has_tried_for_the_caller(const Failure& failure) const;
  Task<void> give_up();

  Call& call_;
  DeliveryTools tools_;
  AnswerSink& answer_;
  Plan plan_;
  Pockets pockets_;
  Hedging hedging_;
  LastResort last_resort_;
  std::unique_ptr<CallerStream> stream_ = std::make_unique<CallerStream>();
  std::unique_ptr<Attempt> coming_;  // the next attempt
  std::string_view why_;             // it is made, where it is not the first
  bool goes_on_ = false;             // it goes on with what the caller has got
  std::optional<Failure> last_;      // what the caller is told of, if nothing helps
};

Failure Delivery::not_now(const Model& skipped, const TargetHealth::Entry& entry) {
  call_.skipped.push_back({&skipped, entry.asked_to_wait ? "asked for a pause" : "breaker open"});
  const std::string model = "model \"" + skipped.name + "\" ";
  Failure out = failure_of(
      entry.asked_to_wait
          ? base::fail(Errc::rate_limited, model +
                                               "is limited by its provider, which has asked for "
                                               "a pause; no other model could answer")
          : base::fail(Errc::overloaded, model + "has failed too often and is left alone for a "
                                                 "while; no other model could answer"));
  out.kind = FailureKind::refused_by_us;
  const base::MonoTime now = call_.ctx.loop.now();
  if (entry.retry_at == base::MonoTime::max()) return out;  // until somebody allows it
  out.retry_after = base::milliseconds(1);
  if (entry.retry_at > now) out.retry_after = std::max(*out.retry_after, entry.retry_at - now);
  return out;
}

// Also a call that had no time to begin with: nothing is sent that nobody waits for.
Outcome Delivery::too_late() const {
  if (call_.ctx.loop.now() < call_.ctx.deadline) return std::nullopt;
  return failure_of(
      base::fail(Errc::timeout_total, "the call's deadline had passed before model \"" +
                                          coming_->model.name + "\" could be asked"));
}

Async<Outcome> Delivery::try_target() {
  auto late = too_late();
  if (late) co_return late;
  if (!goes_on_) {
    const auto written = tools_.bodies.write(*coming_);
    if (!written) co_return failure_of(written.error());
  }
  AttemptPlaces places;
  if (coming_->model.provider->slots) {
    auto full = co_await enter_provider(call_, coming_->model, places.slot);
    if (full) co_return full;
  }
  auto outcome = co_await in_slot(places);
  co_return outcome;
}

Async<Outcome> Delivery::in_slot(AttemptPlaces& places) {
  if (TargetHealth* const health = coming_->model.health.get()) {
    const auto entry = health->enter(call_.ctx.loop.now(), call_.ctx.loop.random());
    if (!entry.permit) {
      places.slot.not_used();
      co_return not_now(coming_->model, entry);
    }
    places.permit = *entry.permit;
  }
  Attempt& attempt = call_.begin(std::move(coming_));
  if (!why_.empty()) attempt.attributes.push_back({"why", why_});
  const bool alone = stream_->begun || last_resort_.has_begun();
  const auto patience = alone ? std::nullopt : hedging_.patience(attempt);
  if (patience) {
    auto hedged = co_await hedging_.make(attempt, places, *patience, stream_);
    co_return hedged;
  }
  auto outcome = co_await make_attempt(attempt, places, tools_, answer_, *stream_);
  co_return outcome;
}

bool is_skip(const Failure& failure) { return failure.kind == FailureKind::refused_by_us; }

// What the caller is told of: a target that was not even asked says less than one that was.
void Delivery::remember(Failure failure) {
  if (!last_ || !is_skip(failure)) last_ = std::move(failure);
}

// Where an answer is gone on with that broke off like this; nothing: nowhere.
Plan::Step Delivery::next_writer(const UnfinishedAnswer& so_far, const Failure& failure) {
  const base::MonoTime now = call_.ctx.loop.now();
  if (!so_far.is_visible()) return plan_.after(failure, now, pockets_, call_.ctx.loop.random());
  const bool may_continue = call_.route->on_break == OnBreak::continue_with && so_far.text();
  return may_continue ? plan_.to_continue(now) : Plan::Step{};
}

// After a break that the caller could see. Nothing: the answer cannot be saved.
Plan::Step Delivery::save(const Failure& failure) {
  const OnBreak rule = call_.route->on_break;
  if (rule != OnBreak::continue_with && rule != OnBreak::restart) return {};
  // One that will not go on from the beginning of an answer is not the last word.
  const bool refused = goes_on_ && failure.kind == FailureKind::caller_fault;
  if (!refused && resilience::row(failure.kind).next != resilience::Next::any) return {};
  auto so_far = stream_->path->release();
  if (!so_far) return {};
  Plan::Step step = next_writer(*so_far, failure);
  // Also without a next attempt: whoever writes the end must know what was sent.
  const Model& writer = step.target != nullptr ? *step.target : *call_.served_by();
  coming_ = std::make_unique<Attempt>(call_, writer);
  if (step.target != nullptr) {
    const std::string text = so_far->is_visible() ? *so_far->text() : std::string();
    goes_on_ = prepare_continued(*coming_, tools_.call.vault, text).has_value();
    if (!goes_on_) step = {};
  }
  stream_->path = make_continued_path(*coming_, std::move(*so_far));
  return step;
}

// Whether there is no use in the caller's client trying again. There is where places were full and
// nothing was sent.
bool Delivery::has_tried_for_the_caller(const Failure& failure) const {
  if (!is_skip(failure)) return plan_.has_retried();
  return !call_.attempts.empty() || failure.should_retry != true;
}

Task<void> Delivery::give_up() {
  const Failure& failure = *last_;
  call_.ctx.retried = has_tried_for_the_caller(failure);
  if (stream_->begun) {
    call_.error = failure.error;
    call_.settle(tools_.call);
    // A provider's own error stands there already, in the caller's dialect.
    CallerStream& stream = *stream_;
    if (stream.path && !stream.path->error()) stream.path->fail(failure.error, stream.out);
    auto ended = co_await answer_.broken(stream.out);
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

Plan::Step Delivery::next(const Failure& failure) {
  if (call_.ctx.cancellation.cancelled()) return {};
  if (stream_->begun) return save(failure);
  stream_->forget();
  goes_on_ = false;
  const Plan::Step step =
      plan_.after(failure, call_.ctx.loop.now(), pockets_, call_.ctx.loop.random());
  if (step.target != nullptr) coming_ = std::make_unique<Attempt>(call_, *step.target);
  return step;
}

// What comes after a failed attempt, and what the caller is told of it. What the last resort fails
// of is nobody's business: the caller is told why it came to that.
Plan::Step Delivery::judge(Failure failure) {
  if (answer_.can_begin_anew()) stream_->forget();
  // What was asked for can be said to the first model, but not to this one.
  const bool unsaid = failure.kind == FailureKind::caller_fault && !failure.reply;
  if (unsaid && plan_.has_retried()) failure.kind = FailureKind::refused_by_us;
  if (last_resort_.has_begun() && !stream_->begun) {
    stream_->forget();
    return {};
  }
  const Plan::Step step = next(failure);
  remember(std::move(failure));
  return step;
}

Task<void> Delivery::run() {
  pockets_.on_request();
  while (true) {
    auto outcome = co_await try_target();
    if (!outcome) co_return Result<void>{};
    Plan::Step step = judge(std::move(*outcome));
    if (step.target == nullptr && !stream_->begun && last_resort_.may_help(*last_)) {
      auto last = co_await last_resort_.next(answer_);
      if (last.answered) co_return Result<void>{};
      step.target = last.model;
      step.why = call_.degraded;
      goes_on_ = false;
      if (last.model != nullptr) coming_ = std::make_unique<Attempt>(call_, *last.model);
    }
    if (step.target == nullptr) break;
    why_ = step.why;
    if (step.wait <= base::Duration::zero()) continue;
    base::Loop& loop = call_.ctx.loop;
    const base::MonoTime then = loop.now() + step.wait;
    co_await base::sleep_until(loop, then, call_.ctx.cancellation);
    if (call_.ctx.cancellation.cancelled()) {
      co_return base::fail(Errc::cancelled, "the caller went away");
    }
  }
  if (!stream_->begun) call_.degraded = {};
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
