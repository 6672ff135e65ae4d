#include "gateway/delivery/plan.h"

#include <algorithm>

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
  targets_.push_back({&input.asked, Use::primary});
  if (input.may_fall_back) {
    add(input.route.fallback, Use::fallback);
    add(input.route.larger_context, Use::larger_context);
  }
  current_ = &targets_.front();
  current_->tries = tries_ = 1;
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
  if (current_->tries + input_.retries_elsewhere >= rules.attempts_max) return false;
  if (wait > base::milliseconds(rules.wait_max_ms)) return false;
  return now + wait < input_.deadline;
}

Plan::Step Plan::hand_out(Target& target, base::Duration wait, std::string_view why) {
  ++target.tries;
  ++tries_;
  current_ = &target;
  return {target.model, wait, why};
}

Plan::Step Plan::move_on(const Failure& failure) {
  const Next next = resilience::row(failure.kind).next;
  if (next == Next::none) return {};
  const Use use = next == Next::larger_context ? Use::larger_context : Use::fallback;
  const auto found = std::find_if(targets_.begin(), targets_.end(), [&](const Target& target) {
    return target.use == use && target.tries == 0;
  });
  if (found == targets_.end()) return {};
  return hand_out(*found, {}, use == Use::fallback ? "fallback" : "larger_context");
}

Plan::Step Plan::after(const Failure& failure, base::MonoTime now, RetryGrants& grants,
                       base::Random& random) {
  if (now >= input_.deadline) return {};
  const base::Duration wait = resilience::backoff(backoff_rules(input_.route.retry),
                                                  current_->tries - 1, failure.retry_after, random);
  if (same_again(failure, wait, now) && grants.grant(*current_->model)) {
    return hand_out(*current_, wait, "retry");
  }
  return move_on(failure);
}

Plan::Step Plan::to_continue(base::MonoTime now) {
  if (now >= input_.deadline) return {};
  const auto found = std::find_if(targets_.begin(), targets_.end(), [&](const Target& target) {
    return target.use == Use::fallback && target.tries == 0 && target.model->continues;
  });
  return found == targets_.end() ? Step{} : hand_out(*found, {}, "continue");
}

}  // namespace headgate::gateway
