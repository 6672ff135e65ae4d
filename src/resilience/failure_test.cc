#include "resilience/failure.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>
#include <vector>

namespace headgate::resilience {
namespace {

struct Expected {
  FailureKind kind;
  bool retry_same;
  Next next;
  BreakerEffect breaker;
  bool spends_budget;
  bool pass_on;
};

// The decisions once more, by hand: whoever changes one changes it in two places.
const std::vector<Expected>& expectations() {
  using K = FailureKind;
  using B = BreakerEffect;
  static const std::vector<Expected> all{
      {K::rate_limited, true, Next::any, B::rate, true, false},
      {K::overloaded, true, Next::any, B::failure, true, false},
      {K::transient, true, Next::any, B::failure, true, false},
      {K::connect, true, Next::any, B::failure, true, false},
      {K::timeout_first_token, false, Next::any, B::slow, true, false},
      {K::timeout_idle, false, Next::any, B::slow, true, false},
      {K::timeout_total, false, Next::any, B::slow, true, false},
      {K::deadline, false, Next::any, B::none, true, false},
      {K::context_length, false, Next::larger_context, B::none, true, true},
      {K::content_filter, false, Next::none, B::none, false, true},
      {K::quota, false, Next::any, B::open, true, false},
      {K::credential, false, Next::any, B::open, true, false},
      {K::forbidden, false, Next::any, B::none, true, true},
      {K::model_gone, false, Next::any, B::none, true, false},
      {K::caller_fault, false, Next::none, B::none, false, true},
      {K::malformed, true, Next::any, B::failure, true, false},
      {K::truncated, true, Next::any, B::failure, true, false},
      {K::too_large, false, Next::any, B::none, true, false},
      {K::output_invalid, false, Next::none, B::none, false, false},
      {K::cancelled, false, Next::none, B::none, false, false},
      {K::refused_by_us, false, Next::any, B::none, false, false},
      {K::internal, false, Next::none, B::none, false, false},
  };
  return all;
}

TEST(FailureTable, DecidesAsWrittenDown) {
  ASSERT_EQ(expectations().size(), kFailureKinds);
  for (const Expected& want : expectations()) {
    const FailureRow& is = row(want.kind);
    SCOPED_TRACE(is.name);
    EXPECT_EQ(is.kind, want.kind);
    EXPECT_EQ(is.retry_same, want.retry_same);
    EXPECT_EQ(is.next, want.next);
    EXPECT_EQ(is.breaker, want.breaker);
    EXPECT_EQ(is.spends_budget, want.spends_budget);
    EXPECT_EQ(is.pass_on, want.pass_on);
  }
}

TEST(FailureTable, HasEveryKindInOrderWithItsOwnNameAndReason) {
  std::set<std::string_view> names, reasons;
  ASSERT_EQ(rows().size(), kFailureKinds);
  for (std::size_t i = 0; i < kFailureKinds; ++i) {
    const FailureRow& is = rows()[i];
    EXPECT_EQ(static_cast<std::size_t>(is.kind), i);
    EXPECT_EQ(&row(is.kind), &is);
    EXPECT_FALSE(is.name.empty());
    EXPECT_FALSE(is.why.empty());
    names.insert(is.name);
    reasons.insert(is.why);
  }
  EXPECT_EQ(names.size(), kFailureKinds);
  EXPECT_EQ(reasons.size(), kFailureKinds);
}

TEST(FailureTable, IsConsistent) {
  for (const FailureRow& is : rows()) {
    SCOPED_TRACE(is.name);
    const bool followed = is.retry_same || is.next != Next::none;
    // Whatever is sent again costs budget; only what was never sent is free.
    EXPECT_EQ(is.spends_budget, followed && is.kind != FailureKind::refused_by_us);
    // A target that is worth another try at once is not one to be shut.
    if (is.breaker == BreakerEffect::open) {
      EXPECT_FALSE(is.retry_same);
    }
    // What the caller gets to read is not the target's fault.
    if (is.pass_on) {
      EXPECT_EQ(is.breaker, BreakerEffect::none);
    }
    if (is.retry_same) {
      EXPECT_EQ(is.next, Next::any);
    }
  }
}

}  // namespace
}  // namespace headgate::resilience
