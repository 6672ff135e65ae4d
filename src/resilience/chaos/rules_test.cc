#include "resilience/chaos/rules.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace headgate::resilience {
namespace {

using base::Errc;
using base::MonoTime;
using base::seconds;

constexpr MonoTime kNow{seconds(100)};

ChaosRule rule(std::string id, std::string provider = {}) {
  ChaosRule out;
  out.id = std::move(id);
  out.fault.reset = true;
  if (!provider.empty()) out.match.provider = std::move(provider);
  return out;
}

class ChaosRulesTest : public testing::Test {
 protected:
  ChaosRulesTest() { rules_.allow(true); }
  // The id of the rule that a call of this provider gets; empty: none.
  std::string picked(std::string_view provider, MonoTime now = kNow) {
    ChaosCall call;
    call.provider = provider;
    const auto entry = rules_.pick(call, now, random_);
    return entry ? entry->rule.id : std::string();
  }

  ChaosRules rules_;
  base::SeededRandom random_{1};
};

TEST_F(ChaosRulesTest, AreNotAskedWhileThereAreNone) {
  EXPECT_FALSE(rules_.armed());
  ASSERT_TRUE(rules_.add(rule("a"), kNow));
  EXPECT_TRUE(rules_.armed());
  EXPECT_TRUE(rules_.remove("a"));
  EXPECT_FALSE(rules_.armed());
  EXPECT_FALSE(rules_.remove("a"));
}

TEST_F(ChaosRulesTest, TheFirstThatFitsIsTaken) {
  ASSERT_TRUE(rules_.add(rule("a", "openai"), kNow));
  ASSERT_TRUE(rules_.add(rule("b", "azure"), kNow));
  ASSERT_TRUE(rules_.add(rule("c"), kNow));
  EXPECT_EQ(picked("openai"), "a");
  EXPECT_EQ(picked("azure"), "b");
  EXPECT_EQ(picked("other"), "c");
  EXPECT_EQ(rules_.list(kNow)[1]->hits, 1);
}

TEST_F(ChaosRulesTest, EndByTheirTime) {
  ChaosRule short_one = rule("a");
  short_one.for_s = 5;
  ASSERT_TRUE(rules_.add(short_one, kNow));
  EXPECT_EQ(picked("p", kNow + seconds(4)), "a");
  EXPECT_EQ(picked("p", kNow + seconds(5)), "");
  EXPECT_TRUE(rules_.list(kNow + seconds(5)).empty());
  EXPECT_TRUE(rules_.sweep(kNow + seconds(4)).empty());
  const auto ended = rules_.sweep(kNow + seconds(5));
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0]->hits, 1);
  EXPECT_FALSE(rules_.armed());
}

TEST_F(ChaosRulesTest, EndWhenTheyHaveHitOftenEnough) {
  ChaosRule twice = rule("a");
  twice.max_hits = 2;
  ASSERT_TRUE(rules_.add(twice, kNow));
  ASSERT_TRUE(rules_.add(rule("b"), kNow));
  EXPECT_EQ(picked("p"), "a");
  EXPECT_EQ(picked("p"), "a");
  EXPECT_EQ(picked("p"), "b");
  EXPECT_EQ(rules_.sweep(kNow).size(), 1U);
  EXPECT_EQ(rules_.list(kNow).size(), 1U);
}

TEST_F(ChaosRulesTest, HitNoOftenerThanTheyMayOnManyThreads) {
  ChaosRule some = rule("a");
  some.max_hits = 1'000;
  ASSERT_TRUE(rules_.add(some, kNow));
  std::atomic<int> hits{0};
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      base::SeededRandom random(i);
      for (int n = 0; n < 1'000; ++n) hits += rules_.pick({}, kNow, random) ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(hits, 1'000);
}

TEST_F(ChaosRulesTest, RefuseWhatTheyCannotTake) {
  ASSERT_TRUE(rules_.add(rule("a"), kNow));
  EXPECT_EQ(rules_.may_add(rule("a"), kNow).error().code, Errc::conflict);
  EXPECT_EQ(rules_.add(rule("a"), kNow).error().code, Errc::conflict);
  EXPECT_TRUE(rules_.add(rule("a"), kNow + seconds(601)));  // the other one is over
  for (std::size_t i = 1; i < ChaosRules::kRulesMax; ++i) {
    ASSERT_TRUE(rules_.add(rule("r" + std::to_string(i)), kNow + seconds(601)));
  }
  EXPECT_EQ(rules_.add(rule("more"), kNow + seconds(601)).error().code, Errc::invalid_request);
}

TEST_F(ChaosRulesTest, AreGoneWhenTheyAreSwitchedOff) {
  ASSERT_TRUE(rules_.add(rule("a"), kNow));
  ASSERT_TRUE(rules_.add(rule("b"), kNow));
  EXPECT_EQ(rules_.allow(true), 0U);
  EXPECT_EQ(rules_.allow(false), 2U);
  EXPECT_FALSE(rules_.armed());
  EXPECT_EQ(rules_.add(rule("c"), kNow).error().code, Errc::permission_denied);
  rules_.allow(true);
  EXPECT_TRUE(rules_.list(kNow).empty());
  EXPECT_TRUE(rules_.add(rule("c"), kNow));
  EXPECT_EQ(rules_.clear(), 1U);
}

}  // namespace
}  // namespace headgate::resilience
