#include "gateway/delivery/plan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headgate::gateway {
namespace {

using resilience::FailureKind;

class Grants final : public RetryGrants {
 public:
  bool grant(const Model&) override { return left-- > 0; }
  int left = 100;
};

class PlanTest : public testing::Test {
 protected:
  PlanTest() {
    for (const char* name : {"asked", "second", "third", "large"}) {
      catalog_.models[name].name = name;
    }
    catalog_.models["third"].continues = true;
    route_.fallback = {"second", "third"};
    route_.larger_context = {"large"};
  }

  PlanInput input() const {
    return {catalog_, route_, *catalog_.find("asked"), now_ + base::seconds(60)};
  }
  Plan::Step after(Plan& plan, FailureKind kind) {
    Failure failure;
    failure.kind = kind;
    failure.retry_after = retry_after_;
    return plan.after(failure, now_, grants_, random_);
  }
  // The names of the targets after failures of these kinds; "-": nothing more.
  std::vector<std::string> walk(const std::vector<FailureKind>& kinds) {
    Plan plan(input());
    std::vector<std::string> out;
    for (const FailureKind kind : kinds) {
      const Plan::Step step = after(plan, kind);
      out.push_back(step.target == nullptr ? "-" : step.target->name);
    }
    return out;
  }

  Catalog catalog_;
  Route route_;
  base::MonoTime now_{base::seconds(1000)};
  Grants grants_;
  base::SeededRandom random_{1};
  std::optional<base::Duration> retry_after_;
};

using Names = std::vector<std::string>;

TEST_F(PlanTest, GoesThroughTheTargetsAsTheFailureTableSays) {
  constexpr auto k503 = FailureKind::overloaded;
  constexpr auto kSilent = FailureKind::timeout_first_token;
  EXPECT_EQ(walk({k503, k503, k503}), (Names{"asked", "asked", "second"}));
  EXPECT_EQ(walk({kSilent, kSilent, kSilent}), (Names{"second", "third", "-"}));
  EXPECT_EQ(walk({FailureKind::context_length}), Names{"large"});
  EXPECT_EQ(walk({FailureKind::content_filter}), Names{"-"});
  EXPECT_EQ(walk({FailureKind::caller_fault}), Names{"-"});
  EXPECT_EQ(walk({FailureKind::cancelled}), Names{"-"});
  EXPECT_EQ(walk({FailureKind::quota}), Names{"second"});
  EXPECT_EQ(walk({FailureKind::refused_by_us}), Names{"second"});
  EXPECT_EQ(walk({FailureKind::timeout_first_token, FailureKind::context_length}),
            (Names{"second", "large"}));
}

TEST_F(PlanTest, KeepsRetryAfterWhereItIsWorthIt) {
  retry_after_ = base::seconds(2);
  Plan plan(input());
  const Plan::Step step = after(plan, FailureKind::rate_limited);
  ASSERT_NE(step.target, nullptr);
  EXPECT_EQ(step.target->name, "asked");
  EXPECT_GE(step.wait, base::seconds(2));
  retry_after_ = base::seconds(20);  // longer than wait_max_ms
  EXPECT_EQ(walk({FailureKind::rate_limited}), Names{"second"});
}

TEST_F(PlanTest, NeverWaitsBeyondTheDeadline) {
  retry_after_ = base::seconds(5);
  PlanInput soon = input();
  soon.deadline = now_ + base::seconds(4);
  Plan plan(soon);
  const Plan::Step step = after(plan, FailureKind::rate_limited);
  ASSERT_NE(step.target, nullptr);
  EXPECT_EQ(step.target->name, "second");
  now_ += base::seconds(4);
  EXPECT_EQ(after(plan, FailureKind::rate_limited).target, nullptr);
}

TEST_F(PlanTest, RepeatsOnlyWhatIsGranted) {
  grants_.left = 0;
  EXPECT_EQ(walk({FailureKind::transient}), Names{"second"});
}

TEST_F(PlanTest, CountsWhatTheCallersClientHasTried) {
  PlanInput tried = input();
  tried.retries_elsewhere = 2;
  Plan plan(tried);
  EXPECT_EQ(after(plan, FailureKind::transient).target->name, "second");
}

TEST_F(PlanTest, DoesAsItIsTold) {
  Plan plan(input());
  Failure failure;
  failure.kind = FailureKind::transient;
  failure.should_retry = false;
  EXPECT_EQ(plan.after(failure, now_, grants_, random_).target->name, "second");
}

TEST_F(PlanTest, OnlyModelsThatContinueGoOnWithAnAnswer) {
  Plan plan(input());
  EXPECT_EQ(plan.to_continue(now_).target->name, "third");
  EXPECT_EQ(plan.to_continue(now_).target, nullptr);
}

TEST_F(PlanTest, TheNextOfTheFallbackMayBeTriedBeside) {
  Plan plan(input());
  ASSERT_EQ(plan.beside(false)->name, "second");
  ASSERT_EQ(plan.beside(false)->name, "second") << "asking takes nothing";
  plan.take_beside(*plan.beside(false));
  EXPECT_TRUE(plan.has_retried());
  EXPECT_EQ(after(plan, FailureKind::transient).target->name, "asked") << "the first has failed";
  EXPECT_EQ(after(plan, FailureKind::timeout_first_token).target->name, "third");
  EXPECT_EQ(plan.beside(false), nullptr);
}

TEST_F(PlanTest, WhatWasTriedBesideCanBeWhatFails) {
  Plan plan(input());
  plan.take_beside(*plan.beside(false));
  plan.go_on_from_beside();
  EXPECT_EQ(after(plan, FailureKind::transient).target->name, "second");
}

TEST_F(PlanTest, TheSameModelBesideCountsAsTried) {
  Plan plan(input());
  EXPECT_EQ(plan.beside(true)->name, "asked");
  plan.take_beside(*plan.beside(true));
  plan.go_on_from_beside();
  EXPECT_EQ(after(plan, FailureKind::transient).target->name, "asked");
  EXPECT_EQ(after(plan, FailureKind::transient).target->name, "second") << "tried three times";
}

TEST_F(PlanTest, WithoutFallbackThereIsOnlyTheModelAskedFor) {
  PlanInput alone = input();
  alone.may_fall_back = false;
  Plan plan(alone);
  EXPECT_EQ(after(plan, FailureKind::timeout_first_token).target, nullptr);
  EXPECT_FALSE(plan.has_retried());
}

}  // namespace
}  // namespace headgate::gateway
