#include "gateway/delivery/health.h"

#include <gtest/gtest.h>

namespace headgate::gateway {
namespace {

using base::MonoTime;
using base::seconds;
using resilience::BreakerState;

constexpr MonoTime kNow{seconds(100)};

BreakerConfig opens_after(std::int64_t failures) {
  BreakerConfig out;
  out.consecutive = failures;
  return out;
}

resilience::RetryBudgetRules no_more_than(double burst) { return {0, 0, burst}; }

void fail_once(TargetHealth& target) {
  base::SeededRandom random(1);
  const Failure failure{resilience::FailureKind::transient, {}, {}, {}, {}, false};
  const auto entry = target.enter(kNow, random);
  ASSERT_TRUE(entry.permit);
  target.leave(*entry.permit, &failure, {}, kNow);
}

int withdrawals(SharedBudget& budget) {
  int count = 0;
  while (count < 1000 && budget.withdraw(kNow)) ++count;
  return count;
}

// The objects of a configuration, as its catalog would hold them.
struct Wanted {
  Wanted(HealthDraft& draft, std::int64_t number)
      : target(draft.target("openai", "gpt", opens_after(number))),
        budget(draft.budget("route all", no_more_than(static_cast<double>(number)))),
        slots(draft.slots("provider", "openai", {static_cast<int>(number), 0})),
        tenants(draft.keyed_limit("tenants of all", static_cast<int>(number))) {}

  std::shared_ptr<TargetHealth> target;
  std::shared_ptr<SharedBudget> budget;
  std::shared_ptr<Slots> slots;
  std::shared_ptr<KeyedLimit> tenants;
};

TEST(HealthDraft, ThatIsNotTakenChangesNothing) {
  Health health;
  HealthDraft first(health);
  const Wanted running(first, 3);
  first.take();
  {
    HealthDraft refused(health);
    const Wanted wanted(refused, 1);
    EXPECT_EQ(wanted.target, running.target);
    EXPECT_EQ(wanted.slots, running.slots);
    refused.target("new", "model", {});
    refused.slots("route", "new", {1, 0});
  }
  fail_once(*running.target);
  EXPECT_EQ(running.target->state(kNow).breaker, BreakerState::closed);
  EXPECT_EQ(running.slots->state().limit, 3);
  EXPECT_EQ(withdrawals(*running.budget), 3);
  const auto place = running.tenants->enter("acme");
  EXPECT_TRUE(running.tenants->enter("acme").is_held());
  EXPECT_EQ(health.targets().size(), 1U);
  EXPECT_EQ(health.all_slots().size(), 1U);
}

TEST(HealthDraft, ThatIsTakenChangesEverything) {
  Health health;
  HealthDraft first(health);
  const Wanted running(first, 3);
  first.take();
  HealthDraft second(health);
  const Wanted wanted(second, 1);
  second.target("new", "model", {});
  second.take();
  fail_once(*running.target);
  EXPECT_EQ(running.target->state(kNow).breaker, BreakerState::open);
  EXPECT_EQ(running.slots->state().limit, 1);
  EXPECT_EQ(withdrawals(*running.budget), 1);
  const auto place = running.tenants->enter("acme");
  EXPECT_FALSE(running.tenants->enter("acme").is_held());
  EXPECT_EQ(health.targets().size(), 2U);
  EXPECT_NE(health.target("new", "model"), nullptr);
}

TEST(HealthDraft, HasOneObjectForOneName) {
  Health health;
  HealthDraft draft(health);
  EXPECT_EQ(draft.target("p", "m", {}), draft.target("p", "m", {}));
  EXPECT_NE(draft.target("p", "m", {}), draft.target("p", "n", {}));
  EXPECT_EQ(draft.slots("route", "r", {1, 0}), draft.slots("route", "r", {1, 0}));
  EXPECT_EQ(draft.slots("route", "free", {}), nullptr);
  EXPECT_EQ(draft.keyed_limit("tenants of r", 0), nullptr);
}

TEST(HealthDraft, TakesALimitAwayWithoutForgettingWhoWaits) {
  Health health;
  HealthDraft first(health);
  const auto limited = first.slots("route", "r", {1, 5});
  first.take();
  HealthDraft second(health);
  EXPECT_EQ(second.slots("route", "r", {}), nullptr);
  EXPECT_EQ(limited->state().limit, 1);
  second.take();
  EXPECT_EQ(limited->state().limit, 0);
}

TEST(TargetHealth, StaysForcedWhenItsRulesChange) {
  TargetHealth target("p", "m", opens_after(3));
  target.force(BreakerState::forced_open);
  target.set_rules(opens_after(1));
  EXPECT_EQ(target.state(kNow).breaker, BreakerState::forced_open);
  target.force(std::nullopt);
  EXPECT_EQ(target.state(kNow).breaker, BreakerState::closed);
}

TEST(SharedBudget, KeepsWhatIsSavedUpWhenItsRulesChange) {
  SharedBudget budget(no_more_than(10));
  budget.set_rules(no_more_than(20));
  EXPECT_EQ(withdrawals(budget), 10);
}

}  // namespace
}  // namespace headgate::gateway
