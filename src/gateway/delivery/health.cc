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
  return {breaker_.state(now),
          rules_.enabled,
          std::string(breaker_.reason()),
          breaker_.retry_at(),
          not_before_,
          breaker_.opened_total(),
          breaker_.probes_total(),
          breaker_.rejected_total()};
}

void TargetHealth::force(std::optional<BreakerState> state) {
  const std::lock_guard lock(mutex_);
  if (state) {
    breaker_.force(*state);
  } else {
    breaker_.release_force();
  }
}

void TargetHealth::set_rules(const BreakerConfig& rules) {
  const std::lock_guard lock(mutex_);
  if (rules == rules_) return;
  const BreakerState before = breaker_.state({});
  rules_ = rules;
  breaker_ = resilience::Breaker(breaker_rules(rules));
  breaker_.force(before);  // does nothing where nothing was forced
}

std::vector<std::shared_ptr<Slots>> Health::all_slots() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Slots>> out;
  for (const auto& [name, slots] : objects_.slots) out.push_back(slots);
  return out;
}

std::map<std::string, std::shared_ptr<http::ClientStats>> Health::connections() const {
  const std::lock_guard lock(mutex_);
  return objects_.connections;
}

std::vector<std::shared_ptr<TargetHealth>> Health::targets() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<TargetHealth>> out;
  for (const auto& [name, target] : objects_.targets) out.push_back(target);
  return out;
}

std::shared_ptr<TargetHealth> Health::target(const std::string& provider,
                                             const std::string& model) const {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.targets.find({provider, model});
  return found != objects_.targets.end() ? found->second : nullptr;
}

template <class Map, class Make>
auto HealthDraft::find_or_make(const Map& known, Map& made, const typename Map::key_type& key,
                               Make make) {
  const auto found = known.find(key);
  if (found != known.end()) return found->second;
  auto& entry = made[key];
  if (!entry) entry = make();
  return entry;
}

std::shared_ptr<TargetHealth> HealthDraft::target(const std::string& provider,
                                                  const std::string& model,
                                                  const BreakerConfig& rules) {
  auto target = find_or_make(health_.objects_.targets, made_.targets, {provider, model}, [&] {
    return std::make_shared<TargetHealth>(provider, model, rules);
  });
  changes_.push_back([target, rules] { target->set_rules(rules); });
  return target;
}

std::shared_ptr<SharedBudget> HealthDraft::budget(const std::string& name,
                                                  const resilience::RetryBudgetRules& rules) {
  auto budget = find_or_make(health_.objects_.budgets, made_.budgets, name,
                             [&] { return std::make_shared<SharedBudget>(rules); });
  changes_.push_back([budget, rules] { budget->set_rules(rules); });
  return budget;
}

std::shared_ptr<LastAnswers> HealthDraft::last_answers(const std::string& route,
                                                       std::size_t bytes_max) {
  auto answers = find_or_make(health_.objects_.last_answers, made_.last_answers, route,
                              [&] { return std::make_shared<LastAnswers>(bytes_max); });
  changes_.push_back([answers, bytes_max] { answers->set_bytes_max(bytes_max); });
  return answers;
}

std::shared_ptr<SharedHedgeBudget> HealthDraft::hedges(const std::string& route,
                                                       const resilience::HedgeBudgetRules& rules) {
  auto hedges = find_or_make(health_.objects_.hedges, made_.hedges, route, [&] {
    auto made = std::make_shared<SharedHedgeBudget>();
    made->set_rules(rules);
    return made;
  });
  changes_.push_back([hedges, rules] { hedges->set_rules(rules); });
  return hedges;
}

// One without a limit any more is kept: calls may still wait for its slots.
std::shared_ptr<Slots> HealthDraft::slots(const std::string& scope, const std::string& name,
                                          const SlotRules& rules) {
  const bool limits = rules.max > 0 || rules.adaptive;
  if (!limits && !health_.objects_.slots.contains({scope, name})) return nullptr;
  auto slots = find_or_make(health_.objects_.slots, made_.slots, {scope, name},
                            [&] { return std::make_shared<Slots>(scope, name, rules); });
  changes_.push_back([slots, rules] { slots->set_rules(rules); });
  return limits ? slots : nullptr;
}

std::shared_ptr<KeyedLimit> HealthDraft::keyed_limit(const std::string& name, int max) {
  if (max <= 0) return nullptr;
  auto limit = find_or_make(health_.objects_.keyed_limits, made_.keyed_limits, name,
                            [&] { return std::make_shared<KeyedLimit>(max); });
  changes_.push_back([limit, max] { limit->set_max(max); });
  return limit;
}

std::shared_ptr<http::ClientStats> HealthDraft::connections(const std::string& provider) {
  return find_or_make(health_.objects_.connections, made_.connections, provider,
                      [] { return std::make_shared<http::ClientStats>(); });
}

void HealthDraft::take() {
  {
    const std::lock_guard lock(health_.mutex_);
    Health::Objects& known = health_.objects_;
    known.targets.merge(made_.targets);
    known.budgets.merge(made_.budgets);
    known.hedges.merge(made_.hedges);
    known.last_answers.merge(made_.last_answers);
    known.slots.merge(made_.slots);
    known.keyed_limits.merge(made_.keyed_limits);
    known.connections.merge(made_.connections);
  }
  for (const auto& change : changes_) change();
}

}  // namespace headgate::gateway
