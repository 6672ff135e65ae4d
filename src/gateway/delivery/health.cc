#include "gateway/delivery/health.h"

#include <algorithm>

#include "resilience/adaptive_limit.h"

namespace headgate::gateway {

using base::MonoTime;
using resilience::BreakerEffect;
using resilience::BreakerState;
using resilience::Outcome;

namespace {

// How long a target is left alone that has no quota left or refuses the credential: somebody has to
// do something about it first.
constexpr base::Duration kHardDown = base::seconds(60);
// What a provider can ask for at most: one absurd header must not take a target away for a day.
constexpr base::Duration kPatience = base::seconds(300);

resilience::BreakerRules breaker_rules(const BreakerConfig& config) {
  resilience::BreakerRules out;
  out.consecutive = static_cast<int>(config.consecutive);
  out.window_failures = static_cast<int>(config.failures);
  out.window = base::milliseconds(config.window_ms);
  out.failure_percent = static_cast<int>(config.failure_percent);
  out.samples_min = static_cast<int>(config.samples_min);
  out.slow_percent = static_cast<int>(config.slow_percent);
  out.open = base::milliseconds(config.open_ms);
  out.open_max = base::milliseconds(std::max(config.open_ms, config.open_max_ms));
  out.probe_lease = base::milliseconds(config.probe_lease_ms);
  out.probes = static_cast<int>(config.probes);
  out.ramp = base::milliseconds(config.ramp_ms);
  return out;
}

Outcome outcome_of(BreakerEffect effect) {
  switch (effect) {
    case BreakerEffect::failure: return Outcome::failure;
    case BreakerEffect::slow: return Outcome::slow;
    default: return Outcome::neutral;
  }
}

}  // namespace

TargetHealth::TargetHealth(std::string provider, std::string model, const BreakerConfig& rules)
    : provider_(std::move(provider)),
      model_(std::move(model)),
      rules_(rules),
      breaker_(breaker_rules(rules)) {}

TargetHealth::Entry TargetHealth::enter(MonoTime now, base::Random& random) {
  const std::lock_guard lock(mutex_);
  if (!rules_.enabled) return {resilience::Permit{}, false, now};
  if (now < not_before_) return {std::nullopt, true, not_before_};
  auto permit = breaker_.acquire(now, random);
  if (permit) return {permit, false, now};
  return {std::nullopt, false, breaker_.retry_at()};
}

void TargetHealth::leave(const resilience::Permit& permit, const Failure* failure,
                         std::optional<base::Duration> first_token, MonoTime now) {
  const std::lock_guard lock(mutex_);
  if (!rules_.enabled) return;
  if (failure == nullptr) {
    const base::Duration slow = base::milliseconds(rules_.slow_first_token_ms);
    const bool is_slow = slow.count() > 0 && first_token && *first_token > slow;
    breaker_.report(permit, is_slow ? Outcome::slow : Outcome::success, now);
    return;
  }
  const auto& row = resilience::row(failure->kind);
  breaker_.report(permit, outcome_of(row.breaker), now);
  if (row.breaker == BreakerEffect::open) breaker_.open_now(now, kHardDown, row.name);
  const bool asked_to_wait =
      row.breaker == BreakerEffect::rate || row.breaker == BreakerEffect::failure;
  if (asked_to_wait && failure->retry_after) {
    not_before_ = std::max(not_before_, now + std::min(*failure->retry_after, kPatience));
  }
}

void TargetHealth::on_rate_headers(const resilience::RateHeaders& headers, MonoTime now) {
  if (headers.empty()) return;
  resilience::AdaptiveLimit these;  // rate limits are a model's, the limit of calls a provider's
  these.on_headers(now, headers);
  const auto until = these.blocked_until(now);
  if (!until) return;
  const std::lock_guard lock(mutex_);
  not_before_ = std::max(not_before_, *until);
}

bool TargetHealth::is_well(MonoTime now) const {
  const std::lock_guard lock(mutex_);
  if (!rules_.enabled) return true;
  const BreakerState state = breaker_.state(now);
  const bool closed = state == BreakerState::closed || state == BreakerState::forced_closed;
  return closed && now >= not_before_;
}

void TargetHealth::on_first_token(bool streamed, base::Duration took, MonoTime now) {
  const std::lock_guard lock(mutex_);
  first_tokens_[streamed ? 1 : 0].record(now, took);
}

std::optional<base::Duration> TargetHealth::first_token_percentile(bool streamed, int percent,
                                                                   MonoTime now) {
  const std::lock_guard lock(mutex_);
  return first_tokens_[streamed ? 1 : 0].percentile(now, percent);
}

TargetHealth::State TargetHealth::state(MonoTime now) const {
  const std::lock_guard lock(mutex_);
  return {breaker_.state(now), std::string(breaker_.reason()), breaker_.opened_total(),
          breaker_.probes_total(), breaker_.rejected_total()};
}

void TargetHealth::force(std::optional<BreakerState> state) {
  const std::lock_guard lock(mutex_);
  if (state) {
    breaker_.force(*state);
  } else {
    breaker_.release_force();
  }
}

// A breaker begins anew when its rules have changed.
void TargetHealth::set_rules(const BreakerConfig& rules) {
  const std::lock_guard lock(mutex_);
  if (rules == rules_) return;
  rules_ = rules;
  breaker_ = resilience::Breaker(breaker_rules(rules));
}

std::shared_ptr<TargetHealth> Health::target(const std::string& provider, const std::string& model,
                                             const BreakerConfig& rules) {
  const std::lock_guard lock(mutex_);
  auto& entry = targets_[{provider, model}];
  if (!entry) {
    entry = std::make_shared<TargetHealth>(provider, model, rules);
  } else {
    entry->set_rules(rules);
  }
  return entry;
}

std::shared_ptr<SharedBudget> Health::budget(const std::string& name,
                                             const resilience::RetryBudgetRules& rules) {
  const std::lock_guard lock(mutex_);
  auto& entry = budgets_[name];
  if (!entry) entry = std::make_shared<SharedBudget>(rules);
  return entry;
}

std::shared_ptr<SharedHedgeBudget> Health::hedges(const std::string& route,
                                                  const resilience::HedgeBudgetRules& rules) {
  const std::lock_guard lock(mutex_);
  auto& entry = hedges_[route];
  if (!entry) entry = std::make_shared<SharedHedgeBudget>();
  entry->set_rules(rules);
  return entry;
}

std::shared_ptr<LastAnswers> Health::last_answers(const std::string& route, std::size_t bytes_max) {
  const std::lock_guard lock(mutex_);
  auto& entry = last_answers_[route];
  if (!entry) entry = std::make_shared<LastAnswers>(bytes_max);
  entry->set_bytes_max(bytes_max);
  return entry;
}

// One without a limit any more is kept: calls may still wait for its slots.
std::shared_ptr<Slots> Health::slots(const std::string& scope, const std::string& name,
                                     const SlotRules& rules) {
  const std::lock_guard lock(mutex_);
  const bool limits = rules.max > 0 || rules.adaptive;
  const auto found = slots_.find({scope, name});
  if (found != slots_.end()) {
    found->second->set_rules(rules);
    return limits ? found->second : nullptr;
  }
  if (!limits) return nullptr;
  return slots_[{scope, name}] = std::make_shared<Slots>(scope, name, rules);
}

std::shared_ptr<KeyedLimit> Health::keyed_limit(const std::string& name, int max) {
  if (max <= 0) return nullptr;
  const std::lock_guard lock(mutex_);
  auto& entry = keyed_limits_[name];
  if (!entry) entry = std::make_shared<KeyedLimit>(max);
  entry->set_max(max);
  return entry;
}

std::vector<std::shared_ptr<Slots>> Health::all_slots() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Slots>> out;
  for (const auto& [name, slots] : slots_) out.push_back(slots);
  return out;
}

std::vector<std::shared_ptr<TargetHealth>> Health::targets() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<TargetHealth>> out;
  for (const auto& [name, target] : targets_) out.push_back(target);
  return out;
}

}  // namespace headgate::gateway
