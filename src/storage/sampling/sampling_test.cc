#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <map>

#include "base/random.h"
#include "storage/sampling/decided.h"
#include "storage/sampling/decision.h"
#include "storage/sampling/pending.h"
#include "storage/sampling/recent_policies.h"

namespace headgate::storage {
namespace {

using ::testing::ElementsAre;

constexpr std::uint32_t kTenth = kAllPpm / 10;

SamplingPolicy policy() {
  SamplingPolicy out;
  out.add("all", {});
  out.add("tenth", {.keep_ppm = kTenth, .slow_us = 5'000'000, .cost = 1'000, .quiet_us = 10});
  out.add("half", {.keep_ppm = kAllPpm / 2, .slow_us = 9'000'000, .quiet_us = 70});
  out.add("none", {.keep_ppm = 0, .quiet_us = 20});
  return out;
}

base::TraceId trace(std::uint64_t number) {
  base::TraceId id;
  for (std::size_t i = 0; i < 8; ++i) id.bytes[15 - i] = static_cast<std::uint8_t>(number >> 8 * i);
  return id;
}

// One that a share of `ppm` keeps, or does not.
base::TraceId trace_that(bool is_kept, std::uint32_t ppm) {
  for (std::uint64_t number = 1;; ++number) {
    if ((randomness_of(trace(number)) >= threshold_of(ppm)) == is_kept) return trace(number);
  }
}

struct Case {
  const char* what;
  std::vector<RecordFacts> records;
  bool kept;
  std::uint32_t ppm;
  KeptFor reason;
};

const std::vector<Case>& cases() {
  constexpr auto kChance = KeptFor::chance;
  static const std::vector<Case> all{
      {"fine", {{.route = "tenth", .is_call = true}}, false, kTenth, kChance},
      {"an error",
       {{.route = "tenth", .is_call = true, .error = true}},
       true,
       kAllPpm,
       KeptFor::error},
      {"just not slow",
       {{.route = "tenth", .is_call = true, .duration_us = 4'999'999}},
       false,
       kTenth,
       kChance},
      {"slow",
       {{.route = "tenth", .is_call = true, .duration_us = 5'000'000}},
       true,
       kAllPpm,
       KeptFor::slow},
      {"slow elsewhere",
       {{.route = "half", .is_call = true, .duration_us = 5'000'000}},
       false,
       kAllPpm / 2,
       kChance},
      {"together expensive",
       {{.route = "tenth", .is_call = true, .cost = 600},
        {.route = "half", .is_call = true, .cost = 400}},
       true,
       kAllPpm,
       KeptFor::expensive},
      {"cost before the route",
       {{.cost = 600}, {.route = "tenth", .is_call = true, .cost = 400}},
       true,
       kAllPpm,
       KeptFor::expensive},
      {"not quite", {{.route = "tenth", .is_call = true, .cost = 999}}, false, kTenth, kChance},
  };
  return all;
}

const std::vector<Case>& cases_of_routes() {
  constexpr auto kChance = KeptFor::chance;
  static const std::vector<Case> all{
      {"flagged",
       {{.route = "none", .is_call = true, .flagged = true}},
       true,
       kAllPpm,
       KeptFor::flagged},
      {"the reason that says most",
       {{.route = "tenth", .is_call = true, .error = true, .flagged = true},
        {.route = "tenth", .is_call = true, .duration_us = 9'000'000}},
       true,
       kAllPpm,
       KeptFor::error},
      {"the highest share counts",
       {{.route = "tenth", .is_call = true}, {.route = "half", .is_call = true}},
       false,
       kAllPpm / 2,
       kChance},
      {"a route that keeps all",
       {{.route = "none", .is_call = true}, {.route = "all", .is_call = true}},
       true,
       kAllPpm,
       KeptFor::route},
      {"a route without a policy",
       {{.route = "default", .is_call = true}},
       true,
       kAllPpm,
       KeptFor::route},
      {"spans alone", {{.route = "", .duration_us = 1'000'000'000}}, true, kAllPpm, KeptFor::route},
      {"spans of a sampled call",
       {{.duration_us = 1'000'000'000}, {.route = "tenth", .is_call = true}},
       false,
       kTenth,
       kChance},
      {"a failed span of a sampled call",
       {{.route = "none", .is_call = true}, {.error = true}},
       true,
       kAllPpm,
       KeptFor::error},
      {"nothing by chance", {{.route = "none", .is_call = true}}, false, 0, kChance},
  };
  return all;
}

TEST(Sampling, a_trace_is_kept_for_any_of_its_records) {
  const auto rules = policy();
  const base::TraceId unlucky = trace_that(false, kAllPpm / 2);
  std::vector<Case> all = cases();
  all.insert(all.end(), cases_of_routes().begin(), cases_of_routes().end());
  for (const Case& one : all) {
    TraceFacts facts;
    for (const RecordFacts& record : one.records) facts.add(record, rules);
    EXPECT_EQ(facts.decide(unlucky), (TraceFate{one.kept, one.ppm, one.reason})) << one.what;
    const base::TraceId lucky = trace_that(true, kTenth);
    EXPECT_EQ(facts.decide(lucky).kept, one.ppm > 0) << one.what;
    EXPECT_EQ(facts.decide(lucky).ppm, one.ppm) << one.what;
    EXPECT_TRUE(!facts.stays() || facts.decide(unlucky).kept) << one.what;
  }
}

TEST(Sampling, what_somebody_flags_is_kept) {
  TraceFacts facts;
  facts.add({.route = "none", .is_call = true}, policy());
  facts.add(KeptFor::low_score);
  EXPECT_EQ(facts.decide(trace(1)), (TraceFate{true, kAllPpm, KeptFor::low_score}));
}

TEST(Sampling, what_comes_late_shares_the_fate_unless_it_has_a_reason) {
  const TraceFate dropped{false, kTenth, KeptFor::chance};
  const base::TraceId unlucky = trace_that(false, kAllPpm / 2);
  TraceFacts facts;
  EXPECT_EQ(facts.decide_late(unlucky, dropped), dropped) << "of no route";
  facts.add({.route = "half", .is_call = true}, policy());
  EXPECT_EQ(facts.decide_late(unlucky, dropped), dropped);
  facts.add({.route = "half", .is_call = true, .error = true}, policy());
  EXPECT_EQ(facts.decide_late(unlucky, dropped), (TraceFate{true, kAllPpm, KeptFor::error}));
}

TEST(Sampling, what_comes_late_stays_where_its_own_routes_keep_more) {
  const TraceFate dropped{false, kTenth, KeptFor::chance};
  const TraceFate kept{true, kTenth, KeptFor::chance};
  const base::TraceId lucky = trace_that(true, kAllPpm / 2);
  TraceFacts facts;
  facts.add({.route = "half", .is_call = true}, policy());
  EXPECT_TRUE(facts.is_sampled());
  EXPECT_EQ(facts.decide_late(lucky, dropped), (TraceFate{true, kAllPpm / 2, KeptFor::chance}));
  EXPECT_EQ(facts.decide_late(lucky, kept), kept);
  TraceFacts whole;
  whole.add({.route = "all", .is_call = true}, policy());
  EXPECT_FALSE(whole.is_sampled());
  EXPECT_EQ(whole.decide_late(trace_that(false, kTenth), dropped), TraceFate{});
}

TEST(Sampling, waits_as_long_as_the_most_patient_route) {
  const auto rules = policy();
  TraceFacts facts;
  facts.add({.route = "tenth", .is_call = true}, rules);
  EXPECT_EQ(facts.quiet_us(), 10);
  facts.add({}, rules);
  EXPECT_EQ(facts.quiet_us(), 70) << "of a span alone it is not known what route follows";
}

TEST(Sampling, only_what_may_be_dropped_is_deferred) {
  const auto rules = policy();
  EXPECT_TRUE(rules.defers("tenth", true));
  EXPECT_FALSE(rules.defers("all", true));
  EXPECT_FALSE(rules.defers("default", true));
  EXPECT_TRUE(rules.defers("", false));
  SamplingPolicy off;
  off.add("all", {});
  EXPECT_FALSE(off.samples());
  EXPECT_FALSE(off.defers("", false));
}

TEST(Sampling, thresholds_are_those_of_opentelemetry) {
  EXPECT_EQ(threshold_of(kAllPpm), 0u);
  EXPECT_EQ(threshold_of(0), std::uint64_t{1} << 56);
  EXPECT_EQ(threshold_of(kAllPpm / 2), std::uint64_t{1} << 55);
  EXPECT_EQ(trace_state_of(trace(1), kAllPpm).substr(0, 11), "ot=th:0;rv:");
  EXPECT_EQ(trace_state_of(trace(1), kAllPpm / 2).substr(0, 11), "ot=th:8;rv:");
  EXPECT_EQ(trace_state_of(trace(1), kTenth).substr(0, 24), "ot=th:e6666666666666;rv:");
  EXPECT_EQ(trace_state_of(trace(1), kTenth).size(), 24u + 14);
}

// Decisions are compared with those of other processes and later versions.
TEST(Sampling, the_hash_stays_what_it_is) {
  EXPECT_EQ(
      trace_state_of(base::TraceId::from_hex("4bf92f3577b34da6a3ce929d0e0e4736").value(), kAllPpm),
      "ot=th:0;rv:499e58f5e1fb33");
}

RC_GTEST_PROP(Sampling, a_larger_share_keeps_what_a_smaller_one_does, ()) {
  const auto id = trace(*rc::gen::arbitrary<std::uint64_t>());
  const auto less = *rc::gen::inRange<std::uint32_t>(0, kAllPpm + 1);
  const auto more = *rc::gen::inRange<std::uint32_t>(less, kAllPpm + 1);
  RC_ASSERT(threshold_of(more) <= threshold_of(less));
  if (randomness_of(id) >= threshold_of(less)) RC_ASSERT(randomness_of(id) >= threshold_of(more));
}

RC_GTEST_PROP(Sampling, the_order_of_records_does_not_matter, ()) {
  const auto rules = policy();
  const auto any = rc::gen::apply(
      [](int route, bool call, bool error, bool flagged, int seconds, int cost) {
        constexpr const char* kRoutes[] = {"all", "tenth", "half", "none", ""};
        return RecordFacts{kRoutes[route], call, error, flagged, seconds * 1'000'000, cost};
      },
      rc::gen::inRange(0, 5), rc::gen::arbitrary<bool>(),
      rc::gen::map(rc::gen::inRange(0, 10), [](int n) { return n == 0; }),
      rc::gen::map(rc::gen::inRange(0, 10), [](int n) { return n == 0; }), rc::gen::inRange(0, 12),
      rc::gen::inRange(0, 800));
  auto records = *rc::gen::container<std::vector<RecordFacts>>(any);
  const auto id = trace(*rc::gen::arbitrary<std::uint64_t>());
  const auto decide = [&] {
    TraceFacts facts;
    for (const auto& record : records) facts.add(record, rules);
    return facts.decide(id);
  };
  const TraceFate forward = decide();
  std::reverse(records.begin(), records.end());
  RC_ASSERT(decide() == forward);
}

// Of many traces the share that is kept is the one that was asked for, and weights of 1/p give back
// the totals; also of ids that only count up.
TEST(Sampling, shares_and_weights_are_right) {
  const auto rules = policy();
  constexpr int kTraces = 200'000;
  for (const bool random_ids : {true, false}) {
    base::SeededRandom random(20261127);
    std::map<std::string, double> kept, all, weighted;
    for (int i = 0; i < kTraces; ++i) {
      const base::TraceId id =
          random_ids ? base::TraceId::random(random) : trace(static_cast<std::uint64_t>(i) + 1);
      const char* const route = i % 2 == 0 ? "tenth" : "half";
      const auto cost = static_cast<std::int64_t>(random.below(900));
      TraceFacts facts;
      facts.add({.route = route, .is_call = true, .error = i % 50 == 0, .cost = cost}, rules);
      const TraceFate fate = facts.decide(id);
      all[route] += static_cast<double>(cost);
      if (!fate.kept) continue;
      kept[route] += fate.reason == KeptFor::chance ? 1 : 0;
      weighted[route] += static_cast<double>(cost) * kAllPpm / fate.ppm;
    }
    for (const auto& [route, p] : {std::pair("tenth", 0.1), std::pair("half", 0.5)}) {
      const double n = kTraces * 0.5 * (std::string(route) == "tenth" ? 0.96 : 1.0);
      EXPECT_NEAR(kept[route], n * p, 4 * std::sqrt(n * p * (1 - p))) << route << random_ids;
      EXPECT_NEAR(weighted[route] / all[route], 1, 0.05) << route << random_ids;
    }
  }
}

RC_GTEST_PROP(Decided, come_back_from_their_bytes, ()) {
  const auto any = rc::gen::apply(
      [](std::uint64_t id, bool kept, std::uint32_t ppm, int reason) {
        return Decided{trace(id), {kept, ppm, static_cast<KeptFor>(reason)}};
      },
      rc::gen::arbitrary<std::uint64_t>(), rc::gen::arbitrary<bool>(),
      rc::gen::inRange<std::uint32_t>(0, kAllPpm + 1),
      rc::gen::inRange(0, static_cast<int>(kKeptForCount)));
  const auto all = *rc::gen::container<std::vector<Decided>>(any);
  RC_ASSERT(decode_decided(encode(all)) == all);
  const auto noise = *rc::gen::arbitrary<std::vector<std::uint8_t>>();
  for (const Decided& one : decode_decided(noise)) RC_ASSERT(one.fate.ppm <= kAllPpm);
}

TEST(Decided, the_first_counts_and_the_oldest_are_forgotten) {
  DecidedTraces decided(2);
  decided.add({trace(1), {false, kTenth, KeptFor::chance}}, true);
  decided.add({trace(1), {true, kAllPpm, KeptFor::error}}, false);
  EXPECT_FALSE(decided.find(trace(1))->kept);
  EXPECT_FALSE(decided.note(trace(1)));
  decided.add({trace(2), {}}, false);
  EXPECT_TRUE(decided.note(trace(2)));
  EXPECT_FALSE(decided.note(trace(2))) << "once";
  decided.add({trace(3), {}}, false);
  EXPECT_FALSE(decided.find(trace(1)));
  EXPECT_TRUE(decided.find(trace(2)));
  EXPECT_EQ(decided.size(), 2u);
}

TEST(Pending, a_trace_is_due_when_it_has_been_quiet) {
  SamplingPolicy rules;
  rules.add("r", {.keep_ppm = 1, .quiet_us = 10'000'000});
  PendingTraces pending;
  const base::MonoTime begin{};
  const auto at = [&](int s) { return begin + base::seconds(s); };
  const RecordFacts call{.route = "r", .is_call = true};
  pending.add(trace(1), {1, 10}, at(0)).add(call, rules);
  pending.add(trace(2), {1, 11}, at(1)).add(call, rules);
  pending.add(trace(1), {1, 12}, at(9)).add(call, rules);
  EXPECT_FALSE(pending.take_due(at(10)));
  EXPECT_EQ(pending.rows(), 3u);
  EXPECT_EQ(pending.take_due(at(11))->trace, trace(2));
  EXPECT_FALSE(pending.take_due(at(18)));
  const auto first = pending.take_due(at(19));
  EXPECT_THAT(first->rows, ElementsAre(RecordRow{1, 10}, RecordRow{1, 12}));
  EXPECT_EQ(pending.traces() + pending.rows(), 0u);
  // An hour with something in each ten seconds is one trace.
  for (int s = 0; s < 3600; s += 9) {
    pending.add(trace(3), {1, s}, at(s)).add(call, rules);
    ASSERT_FALSE(pending.take_due(at(s)));
  }
  pending.add(trace(4), {1, 4000}, at(3600)).add(call, rules);
  EXPECT_EQ(pending.take_next()->rows.size(), 400u) << "the quietest goes first";
  EXPECT_EQ(pending.take_next()->trace, trace(4));
  EXPECT_FALSE(pending.take_next());
}

std::shared_ptr<const SamplingPolicy> sampling(const char* route) {
  auto out = std::make_shared<SamplingPolicy>();
  out->add(route, {.keep_ppm = kTenth});
  return out;
}

TEST(RecentPolicies, a_change_defers_only_what_both_sides_of_it_defer) {
  const base::MonoTime start{base::seconds(1000)};
  const auto end = start + RecentPolicies::kOverlap;
  const auto before_end = end - base::milliseconds(1);
  RecentPolicies policies(nullptr);
  EXPECT_FALSE(policies.all_defer("a", true, start));
  const auto on = sampling("a");
  policies.follow(on, start);
  policies.follow(on, start + base::seconds(5));  // as it was
  EXPECT_FALSE(policies.all_defer("a", true, before_end)) << "nobody may hand it out yet";
  EXPECT_FALSE(policies.all_defer("", false, before_end));
  EXPECT_TRUE(policies.any_defers("a", true, start));
  EXPECT_TRUE(policies.all_defer("a", true, end));
  EXPECT_TRUE(policies.all_defer("", false, end));
  EXPECT_FALSE(policies.all_defer("b", true, end));
  // And off again.
  policies.follow(nullptr, end);
  EXPECT_FALSE(policies.all_defer("a", true, end));
  EXPECT_TRUE(policies.any_defers("a", true, end + base::seconds(9)))
      << "it may have been deferred";
  EXPECT_FALSE(policies.any_defers("a", true, end + base::seconds(10)));
}

TEST(RecentPolicies, reloads_that_follow_each_other_forget_none_between) {
  const base::MonoTime start{base::seconds(1000)};
  RecentPolicies policies(sampling("a"));
  policies.follow(sampling("b"), start);
  policies.follow(sampling("b"), start + base::seconds(1));
  const auto soon = start + base::seconds(2);
  EXPECT_TRUE(policies.any_defers("a", true, soon));
  EXPECT_FALSE(policies.all_defer("b", true, soon));
  EXPECT_TRUE(policies.all_defer("", false, soon)) << "spans of no route: all of them defer these";
  EXPECT_FALSE(policies.any_defers("a", true, start + base::seconds(10)));
  EXPECT_TRUE(policies.all_defer("b", true, start + base::seconds(10)));
}

}  // namespace
}  // namespace headgate::storage
