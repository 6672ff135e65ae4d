#include "gateway/hedging/hedging.h"

#include <string_view>
#include <utility>

#include "base/async/beside.h"
#include "base/async/loop.h"
#include "gateway/delivery/health.h"
#include "gateway/responses/stored_call.h"

namespace headgate::gateway {

using base::Async;
using resilience::FailureKind;

namespace {

using Outcome = std::optional<Failure>;

// A provider that keeps its answers would keep two.
bool leaves_traces(const Attempt& attempt) {
  const Call& call = attempt.call;
  if (call.ask.dialect != llm::chat::Dialect::openai_responses) return false;
  return call.request.background || (call.request.store && !is_kept_here(attempt));
}

bool is_answering(const Attempt& attempt) {
  const bool streamed = attempt.call.request.stream && attempt.upstream_status == 200;
  return attempt.first_token || (attempt.upstream_status != 0 && !streamed);
}

// Whether what failed would fail, or must not be tried, anywhere else.
bool is_final(const Failure& failure) {
  return resilience::row(failure.kind).next == resilience::Next::none;
}

std::string_view name_of(const Race& race) {
  const Race::Lane& second = race.second;
  if (race.winner() == &second) return "won";
  if (second.attempt->is_lost()) return "lost";
  return second.outcome && second.outcome->kind == FailureKind::cancelled ? "cancelled" : "failed";
}

}  // namespace

Hedging::Hedging(Call& call, const DeliveryTools& tools, AnswerSink& answer, Plan& plan)
    : call_(call), tools_(tools), answer_(answer), plan_(plan), left_(call.route->hedge.max) {}

std::optional<base::Duration> Hedging::patience(const Attempt& attempt) const {
  const HedgeConfig& rules = call_.route->hedge;
  if (!call_.route->hedges || left_ <= 0) return std::nullopt;
  if (call_.ask.operation != Operation::chat || leaves_traces(attempt)) return std::nullopt;
  if (rules.after_ms) return base::milliseconds(*rules.after_ms);
  if (!attempt.model.health) return std::nullopt;
  return attempt.model.health->first_token_percentile(
      call_.request.stream, static_cast<int>(rules.after_percentile.value_or(100)),
      call_.ctx.loop.now());
}

Async<Outcome> Hedging::make(Attempt& attempt, AttemptPlaces& places, base::Duration patience,
                             std::unique_ptr<CallerStream>& stream) {
  base::Loop& loop = call_.ctx.loop;
  Race race(call_);
  auto other_stream = std::make_unique<CallerStream>();
  race.first.enter(race, attempt, *stream);
  base::Beside second(loop, run_second(race, loop.now() + patience, *other_stream));
  base::Beside first(loop, run_first(race, places));
  second.start();
  first.start();
  co_await first;
  co_await second;
  if (race.winner() != &race.second) co_return std::move(race.first.outcome);
  stream = std::move(other_stream);
  plan_.go_on_from_beside();
  co_return std::move(race.second.outcome);
}

Async<void> Hedging::run_first(Race& race, AttemptPlaces& places) {
  Race::Lane& lane = race.first;
  auto outcome = co_await make_attempt(*lane.attempt, places, tools_, answer_, *lane.stream);
  const bool may_go_on = outcome && race.second.has_begun() && !is_final(*outcome);
  if (!may_go_on && race.winner() != &race.second) race.second.cancellation.cancel();
  lane.outcome = std::move(outcome);
}

Async<void> Hedging::run_second(Race& race, base::MonoTime at, CallerStream& stream) {
  Race::Lane& lane = race.second;
  co_await base::sleep_until(call_.ctx.loop, at, lane.cancellation);
  if (lane.cancellation.cancelled() || is_answering(*race.first.attempt)) co_return;
  AttemptPlaces places;
  auto made = ready(places);
  if (!made) co_return;
  Attempt& attempt = call_.begin(std::move(made));
  attempt.attributes.push_back({"why", "hedge"});
  lane.enter(race, attempt, stream);
  auto outcome = co_await make_attempt(attempt, places, tools_, answer_, stream);
  lane.outcome = std::move(outcome);
  const std::string_view name = name_of(race);
  if (race.winner() == nullptr) call_.hedge = name;
  count(name);
}

// What an attempt needs to begin at once; null: it has to be left.
std::unique_ptr<Attempt> Hedging::ready(AttemptPlaces& places) {
  const Model* const target = plan_.beside(call_.route->hedge.targets == HedgeTargets::same);
  std::unique_ptr<Attempt> attempt;
  std::string_view why_not = "no_target";
  if (target != nullptr) {
    attempt = std::make_unique<Attempt>(call_, *target);
    why_not = obstacle(*attempt, places);
  }
  if (why_not.empty()) {
    plan_.take_beside(*target);
    --left_;
    return attempt;
  }
  places.slot.not_used();
  call_.hedge = why_not;
  count(why_not);
  return nullptr;
}

// What is in its way; nothing: it has its body and its places, and is paid for.
std::string_view Hedging::obstacle(Attempt& attempt, AttemptPlaces& places) {
  const base::MonoTime now = call_.ctx.loop.now();
  const Model& model = attempt.model;
  if (now >= call_.ctx.deadline) return "too_late";
  if (leaves_traces(attempt)) return "kept_by_provider";
  if (model.health && !model.health->is_well(now)) return "breaker";
  if (!tools_.bodies.write(attempt)) return "unsayable";
  if (model.provider->slots) {
    places.slot = model.provider->slots->enter_now(call_.ctx, call_.ctx.principal->tenant);
    if (!places.slot.is_held()) return "no_place";
  }
  if (!call_.route->hedges->spend(now)) return "over_budget";
  if (!model.health) return {};
  const auto entry = model.health->enter(now, call_.ctx.loop.random());
  if (!entry.permit) return "breaker";
  places.permit = *entry.permit;
  return {};
}

void Hedging::count(std::string_view outcome) {
  tools_.call.metrics.observe({.route = call_.route->name, .outcome = outcome});
}

}  // namespace headgate::gateway
