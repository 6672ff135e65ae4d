#include "resilience/retry_budget.h"

#include <algorithm>
#include <chrono>

namespace headgate::resilience {

RetryBudget::RetryBudget(const RetryBudgetRules& rules) : rules_(rules), balance_(rules.burst) {}

void RetryBudget::on_request(base::MonoTime now) {
  refill(now);
  balance_ = std::min(rules_.burst, balance_ + rules_.ratio);
}

bool RetryBudget::withdraw(base::MonoTime now) {
  refill(now);
  if (balance_ < 1) {
    ++refused_total_;
    return false;
  }
  balance_ -= 1;
  ++withdrawn_total_;
  return true;
}

double RetryBudget::balance(base::MonoTime now) const {
  RetryBudget then = *this;
  then.refill(now);
  return then.balance_;
}

void RetryBudget::set_rules(const RetryBudgetRules& rules) {
  rules_ = rules;
  balance_ = std::min(balance_, rules.burst);
}

void RetryBudget::refill(base::MonoTime now) {
  if (now <= at_) return;
  const std::chrono::duration<double> passed = now - at_;
  at_ = now;
  balance_ = std::min(rules_.burst, balance_ + rules_.min_per_s * passed.count());
}

}  // namespace headgate::resilience
