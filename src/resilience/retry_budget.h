// A limit on retries as a share of requests, so that an outage cannot multiply the load that caused
// it. A token bucket: each request puts `ratio` in, each second `min_per_s`, a retry takes 1. In
// any stretch of time: retries <= ratio * requests + min_per_s * seconds + burst.
// Single-threaded; the caller guards it.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace headgate::resilience {

struct RetryBudgetRules {
  double ratio = 0.1;
  double min_per_s = 1;  // lets services with little traffic retry at all
  double burst = 10;     // what can be saved up; also what there is to begin with
};

class RetryBudget {
 public:
  explicit RetryBudget(const RetryBudgetRules& rules = {});

  void on_request(base::MonoTime now);
  /// Takes one retry. False: there is none left, so do not retry.
  bool withdraw(base::MonoTime now);
  double balance(base::MonoTime now) const;
  /// What is saved up stays, as far as the new `burst` allows.
  void set_rules(const RetryBudgetRules& rules);

  std::uint64_t withdrawn_total() const { return withdrawn_total_; }
  std::uint64_t refused_total() const { return refused_total_; }

 private:
  void refill(base::MonoTime now);

  RetryBudgetRules rules_;
  double balance_;
  base::MonoTime at_{};  // of balance_
  std::uint64_t withdrawn_total_ = 0;
  std::uint64_t refused_total_ = 0;
};

}  // namespace headgate::resilience
