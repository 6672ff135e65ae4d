#include "gateway/delivery/plan.h"

#include <algorithm>
#include <utility>

#include "resilience/backoff.h"

namespace headgate::gateway {

using resilience::Next;

namespace {

resilience::BackoffRules backoff_rules(const RetryRules& rules) {
  resilience::BackoffRules out;
  out.base = base::milliseconds(rules.base_ms);
  out.cap = base::milliseconds(rules.cap_ms);
  return out;
}

}  // namespace

Plan::Plan(const PlanInput& input) : input_(input) {
  targets_.push_back({&input.asked, Use::primary, 1});
  tries_ = 1;
}

void Plan::look_up_others() {
  if (std::exchange(has_others_, true) || !input_.may_fall_back) return;
  add(input_.route.fallback, Use::fallback);
  add(input_.route.larger_context, Use::larger_context);
}

void Plan::add(const std::vector<std::string>& names, Use use) {
  for (const std::string& name : names) {
    const Model* model = input_.catalog.find(name);
    const auto same = [&](const Target& target) {
      return target.model == model && (target.use == use || target.use == Use::primary);
    };
    if (model == nullptr || std::any_of(targets_.begin(), targets_.end(), same)) continue;
    targets_.push_back({model, use});
  }
}

bool Plan::same_again(const Failure& failure, base::Duration wait, base::MonoTime now) const {
  const RetryRules& rules = input_.route.retry;
  if (!resilience::row(failure.kind).retry_same || failure.should_retry == false) return false;
  if (targets_[current_].tries + input_.retries_elsewhere >= rules.attempts_max) return false;
  if (wait > base::milliseconds(rules.wait_max_ms)) return false;
  return now + wait < input_.deadline;
}

Plan::Step Plan::hand_out(Target& target, base::Duration wait, std::string_view why) {
  ++target.tries;
  ++tries_;
  current_ = static_cast<std::size_t>(&target - targets_.data());
  return {target.model, wait, why};
}

Plan::Step Plan::move_on(const Failure& failure) {
  const Next next = resilience::row(failure.kind).next;
  if (next == Next::none) return {};
  look_up_others();
  const bool larger = next == Next::larger_context;
  Target* const found = untried(larger ? Use::larger_context : Use::fallback);
  if (found == nullptr) return {};
  return hand_out(*found, {}, larger ? "larger_context" : "fallback");
}

Plan::Target* Plan::untried(Use use) {
  const auto found = std::find_if(targets_.begin(), targets_.end(), [&](const Target& target) {
    return target.use == use && target.tries == 0;
  });
  return found == targets_.end() ? nullptr : &*found;
}

Plan::Step Plan::after(const Failure& failure, base::MonoTime now, RetryGrants& grants,
                       base::Random& random) {
  if (now >= input_.deadline) return {};
  const base::Duration wait = resilience::backoff(
      backoff_rules(input_.route.retry), targets_[current_].tries - 1, failure.retry_after, random);
  if (same_again(failure, wait, now) && grants.grant(*targets_[current_].model)) {
    return hand_out(targets_[current_], wait, "retry");
  }
  return move_on(failure);
}

const Model* Plan::beside(bool same) {
  look_up_others();
  const Target* const target = same ? &targets_[current_] : untried(Use::fallback);
  return target == nullptr ? nullptr : target->model;
}

void Plan::take_beside(const Model& target) {
  const bool same = targets_[current_].model == &target;
  Target& taken = same ? targets_[current_] : *untried(Use::fallback);
  ++taken.tries;
  ++tries_;
  beside_ = static_cast<std::size_t>(&taken - targets_.data());
}

Plan::Step Plan::to_continue(base::MonoTime now) {
  if (now >= input_.deadline) return {};
  look_up_others();
  const auto found = std::find_if(targets_.begin(), targets_.end(), [&](const Target& target) {
    return target.use == Use::fallback && target.tries == 0 && target.model->continues;
  });
  return found == targets_.end() ? Step{} : hand_out(*found, {}, "continue");
}

}  // namespace headgate::gateway
