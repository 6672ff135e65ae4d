#include "resilience/retry_budget.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace headgate::resilience {
namespace {

using base::milliseconds;
using base::MonoTime;
using base::seconds;

constexpr MonoTime kBegin{seconds(100)};

TEST(RetryBudget, BeginsFullAndEnds) {
  RetryBudget budget;
  EXPECT_DOUBLE_EQ(budget.balance(kBegin), 10);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(budget.withdraw(kBegin)) << i;
  EXPECT_FALSE(budget.withdraw(kBegin));
  EXPECT_EQ(budget.withdrawn_total(), 10u);
  EXPECT_EQ(budget.refused_total(), 1u);
}

TEST(RetryBudget, TenRequestsPayForOneRetry) {
  RetryBudget budget({.ratio = 0.1, .min_per_s = 0, .burst = 1});
  EXPECT_TRUE(budget.withdraw(kBegin));
  for (int i = 0; i < 9; ++i) budget.on_request(kBegin);
  EXPECT_FALSE(budget.withdraw(kBegin));
  budget.on_request(kBegin);
  budget.on_request(kBegin);  // ten tenths are less than one
  EXPECT_TRUE(budget.withdraw(kBegin));
}

TEST(RetryBudget, ASecondPaysForOneRetryAndNothingIsSavedBeyondTheBurst) {
  RetryBudget budget({.ratio = 0, .min_per_s = 1, .burst = 2});
  EXPECT_TRUE(budget.withdraw(kBegin) && budget.withdraw(kBegin));
  EXPECT_FALSE(budget.withdraw(kBegin + milliseconds(999)));
  EXPECT_TRUE(budget.withdraw(kBegin + seconds(1)));
  EXPECT_DOUBLE_EQ(budget.balance(kBegin + std::chrono::hours(1)), 2);
}

TEST(RetryBudget, TimeThatGoesBackwardsPaysNothingAndCostsNothing) {
  RetryBudget budget({.ratio = 0, .min_per_s = 1, .burst = 2});
  EXPECT_TRUE(budget.withdraw(kBegin));
  EXPECT_TRUE(budget.withdraw(kBegin - seconds(50)));
  EXPECT_FALSE(budget.withdraw(kBegin));
}

RC_GTEST_PROP(RetryBudget, HoldsInEveryStretchOfTime, ()) {
  const RetryBudgetRules rules{.ratio = *rc::gen::inRange(0, 100) / 100.0,
                               .min_per_s = *rc::gen::inRange(0, 50) / 10.0,
                               .burst = *rc::gen::inRange(0, 20) / 1.0};
  RetryBudget budget(rules);
  struct Seen {
    MonoTime at;
    int requests, retries;  // up to and including this step
  };
  std::vector<Seen> history{{kBegin, 0, 0}};
  MonoTime now = kBegin;
  for (int i = *rc::gen::inRange(1, 120); i > 0; --i) {
    now += milliseconds(*rc::gen::element(0, 0, 0, 1, 50, 1'000, 20'000));
    Seen seen{now, history.back().requests, history.back().retries};
    if (*rc::gen::inRange(0, 3) == 0) {
      budget.on_request(now);
      ++seen.requests;
    } else if (budget.withdraw(now)) {
      ++seen.retries;
    }
    history.push_back(seen);
  }
  for (std::size_t from = 0; from < history.size(); ++from) {
    for (std::size_t to = from + 1; to < history.size(); ++to) {
      // The stretch begins right after step `from`.
      const double s = std::chrono::duration<double>(history[to].at - history[from].at).count();
      const double most = rules.ratio * (history[to].requests - history[from].requests) +
                          rules.min_per_s * s + rules.burst;
      RC_ASSERT(history[to].retries - history[from].retries <= most + 1e-6);
    }
  }
  const double balance = budget.balance(now);
  RC_ASSERT(balance >= 0);
  RC_ASSERT(balance <= rules.burst);
}

}  // namespace
}  // namespace headgate::resilience
