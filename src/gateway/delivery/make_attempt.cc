#include "gateway/delivery/make_attempt.h"

#include "base/async/loop.h"
#include "gateway/delivery/health.h"
#include "gateway/hedging/race.h"

namespace headgate::gateway {

using resilience::FailureKind;

namespace {

using Outcome = std::optional<Failure>;

std::optional<base::Duration> first_token_of(const Attempt& attempt) {
  if (!attempt.first_token) return std::nullopt;
  return *attempt.first_token - attempt.begun;
}

// The target's leave for one attempt, returned on every way out.
class Leave {
 public:
  Leave(const Attempt& attempt, const resilience::Permit& permit)
      : attempt_(attempt), permit_(permit) {}
  ~Leave() {
    if (!reported_) report(&cancelled());
  }
  Leave(const Leave&) = delete;
  Leave& operator=(const Leave&) = delete;

  void report(const Failure* failure) {
    reported_ = true;
    TargetHealth* const health = attempt_.model.health.get();
    if (health == nullptr) return;
    if (attempt_.is_lost()) failure = &cancelled();  // whatever its end looked like
    health->leave(permit_, failure, first_token_of(attempt_), attempt_.call.ctx.loop.now());
  }

 private:
  static const Failure& cancelled() {
    static const Failure failure{FailureKind::cancelled, {}, {}, {}, {}, false};
    return failure;
  }
  const Attempt& attempt_;
  resilience::Permit permit_;
  bool reported_ = false;
};

// How long its answer took to begin. One that was too slow took at least as long as it was waited
// for; a hedge that lost says nothing.
std::optional<base::Duration> time_to_begin(const Attempt& attempt, const Outcome& outcome) {
  const auto sign = attempt.call.request.stream ? attempt.first_token : attempt.answered;
  if (sign) return *sign - attempt.begun;
  const bool lost_first = attempt.is_lost() && attempt.race->first.attempt == &attempt;
  if (lost_first) return *attempt.ended - attempt.begun;
  const bool silent = outcome && outcome->kind == FailureKind::timeout_first_token;
  if (silent) return *attempt.ended - attempt.begun;
  return std::nullopt;
}

}  // namespace

base::Async<Outcome> make_attempt(Attempt& attempt, AttemptPlaces& places,
                                  const DeliveryTools& tools, AnswerSink& answer,
                                  CallerStream& stream) {
  base::Loop& loop = attempt.call.ctx.loop;
  Leave leave(attempt, places.permit);
  auto outcome = co_await run_attempt(attempt, tools.call, tools.upstreams, answer, stream);
  if (outcome && is_at_own_deadline(attempt, *outcome)) outcome->kind = FailureKind::deadline;
  if (outcome && !attempt.is_lost()) {
    attempt.end(outcome->error, resilience::row(outcome->kind).name);
  }
  const Failure* const failure = outcome ? &*outcome : nullptr;
  leave.report(failure);
  places.slot.tell(failure, attempt.begun, first_token_of(attempt), loop.now());
  const auto took = time_to_begin(attempt, outcome);
  if (took && attempt.model.health) {
    attempt.model.health->on_first_token(attempt.call.request.stream, *took, loop.now());
  }
  co_return outcome;
}

}  // namespace headgate::gateway
