// Decisions: scopes, rules, facts that are fetched or not, policies that ask people; and that
// nothing which is not known lets a call pass.
#include "agents/policy/rule_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/async/loop.h"

namespace headgate::agents {
namespace {

using Kind = Verdict::Kind;

constexpr std::string_view kDefinitions = R"json({
  "prompts": {}, "agents": {},
  "tools": {
    "get_order": {"builtin": "current_time", "effect": "pure"},
    "refund": {
      "builtin": "current_time", "scopes": ["refunds"],
      "facts": {"order": {"tool": "get_order", "arguments": {"id": "{order_id}"}},
                "shop": {"tool": "get_order", "arguments": {"by": "{principal.user}"}}},
      "authorise": [
        {"name": "own", "require": "fact.order.user == principal.user", "reason": "not yours",
         "when": "principal.tier != \"staff\""},
        {"require": "args.amount == null or args.amount <= 1000"}]},
    "plain": {"builtin": "current_time"},
    "asks": {"builtin": "current_time", "approval": "always"},
    "pay": {"builtin": "current_time", "arguments_untainted": ["to"],
            "authorise": [{"name": "calm", "require": "not (\"memo\" in call.tainted)"
}]
}
, "ask_pay" : {"builtin" : "current_time", "arguments_untainted" : ["to"], "on_taint" : "approve"},
              "calm" : {
  "builtin" : "current_time", "authorise" : [ {"require" : "call.trusted"} ]
}
}
, "approvals" : {
  "big" : {"when" : "tool.name == \"refund\" and args.amount > 100", "reason" : "big"},
          "granting" : {
    "when" : "args.order_id == \"special\"", "grants" : ["refunds"]
  }
}
})json";

class FakeFacts final : public FactSource {
 public:
  base::Task<std::string> fetch(base::Context&, const FactAsk& ask) override {
    asked.push_back(ask.tool + ask.arguments);
    const auto at = facts.find(ask.arguments);
    if (at == facts.end()) co_return base::fail(base::Errc::upstream_status, "HTTP 404");
    co_return at->second;
  }
  std::map<std::string, std::string> facts;
  std::vector<std::string> asked;
};

class Deciding : public testing::Test {
 protected:
  void SetUp() override {
    auto read = Pinned::read(std::string(kDefinitions));
    ASSERT_TRUE(read) << read.error().detail;
    pinned_ = *read;
    who_.key_id = "key";
    who_.scopes = {"refunds"};
    facts_.facts[R"({"id":"mine"})"] = R"({"user":"ute"})";
    facts_.facts[R"({"id":"hers"})"] = R"({"user":"vera"})";
    facts_.facts[R"({"id":"empty"})"] = R"({"user":""})";
  }

  Verdict decide(const std::string& tool, const std::string& arguments) {
    std::optional<Verdict> out;
    base::TaskGroup tasks(loop_, nullptr);
    tasks.spawn(ask(tool, arguments, out));
    loop_.run_ready();
    return *out;
  }

  base::Async<void> ask(std::string tool, std::string arguments, std::optional<Verdict>& out) {
    base::Context ctx{loop_, never_};
    ctx.principal = &who_;
    ctx.user = user_;
    const CallQuestion question{"run_1", "agent", *pinned_->tool(tool), arguments, labels_,
                                taints_, 0,       pinned_->approvals(), &facts_};
    RulePolicy policy;
    Verdict verdict = co_await policy.decide(ctx, question);
    out.emplace(std::move(verdict));
  }

  base::RealClock clock_;
  base::Loop loop_{clock_};
  base::Cancellation never_;
  std::shared_ptr<const Pinned> pinned_;
  base::Principal who_;
  std::string user_ = "ute";
  FakeFacts facts_;
  std::vector<std::string> labels_{"user"};
  Taints taints_;
};

TEST_F(Deciding, OwnersPass) {
  const Verdict verdict = decide("refund", R"({"order_id":"mine","amount":5})");
  EXPECT_EQ(verdict.kind, Kind::allow);
  EXPECT_EQ(verdict.policy, "scopes, refund.own, refund.authorise[1]");
  EXPECT_THAT(facts_.asked, testing::ElementsAre(R"(get_order{"id":"mine"})"));
}

TEST_F(Deciding, EverythingElseIsDeniedInTheSameWords) {
  for (const char* arguments :
       {R"({"order_id":"hers"})", R"({"order_id":"unknown"})", R"({"order_id":"empty"})", R"({})",
        R"({"order_id":"mine","order_id":"hers"})", R"({"order_id":null})"}) {
    const Verdict verdict = decide("refund", arguments);
    EXPECT_EQ(verdict.kind, Kind::deny) << arguments;
    EXPECT_EQ(verdict.policy, "refund.own") << arguments;
    EXPECT_EQ(verdict.reason, "not yours") << arguments;
    EXPECT_FALSE(verdict.detail.empty()) << arguments;
  }
}

TEST_F(Deciding, NobodyIsNotTheOwnerOfWhatBelongsToNobody) {
  user_.clear();
  EXPECT_EQ(decide("refund", R"({"order_id":"empty"})").kind, Kind::deny);
}

TEST_F(Deciding, FactsAreFetchedOnlyWhereTheyDecide) {
  who_.tier = "staff";
  EXPECT_EQ(decide("refund", R"({"order_id":"hers","amount":5})").kind, Kind::allow);
  EXPECT_THAT(facts_.asked, testing::IsEmpty());
  who_.scopes.clear();
  EXPECT_EQ(decide("refund", R"({"order_id":"hers"})").policy, "scopes");
  EXPECT_THAT(facts_.asked, testing::IsEmpty());
}

TEST_F(Deciding, LimitsAreExact) {
  EXPECT_EQ(decide("refund", R"({"order_id":"mine","amount":1000.0001})").policy,
            "refund.authorise[1]");
  EXPECT_EQ(decide("refund", R"({"order_id":"mine","amount":100.00})").kind, Kind::allow);
  EXPECT_EQ(decide("refund", R"({"order_id":"mine","amount":100.01})").policy, "big");
}

TEST_F(Deciding, WhatCannotBeDecidedIsPutToPeople) {
  // Without an amount nobody knows whether it is a big one.
  const Verdict verdict = decide("refund", R"({"order_id":"mine"})");
  EXPECT_EQ(verdict.kind, Kind::needs_approval);
  EXPECT_EQ(verdict.policy, "big");
  EXPECT_EQ(decide("plain", R"({"order_id":"x"})").kind, Kind::allow);
  EXPECT_EQ(decide("plain", "{}").policy, "granting");
  EXPECT_EQ(decide("asks", R"({"order_id":"x"})").policy, "tool");
}

TEST_F(Deciding, OnlyTheFirstPolicyMayGrant) {
  who_.scopes.clear();
  facts_.facts[R"({"id":"special"})"] = R"({"user":"ute"})";
  const Verdict granted = decide("refund", R"({"order_id":"special","amount":5})");
  EXPECT_EQ(granted.kind, Kind::needs_approval);
  EXPECT_EQ(granted.policy, "granting");
  EXPECT_EQ(decide("refund", R"({"order_id":"special","amount":500})").policy, "scopes");
  EXPECT_EQ(decide("refund", R"({"order_id":"mine","amount":5})").policy, "scopes");
  EXPECT_EQ(decide("refund", R"({"order_id":"hers","amount":5})").policy, "refund.own");
}

TEST_F(Deciding, TaintedArgumentsAreDeniedOrPutToPeople) {
  const char* arguments = R"({"to":"x","order_id":"x","amount":5})";
  taints_ = {{"amount", {"tool:mail"}, {"c1_1"}}};
  EXPECT_EQ(decide("pay", arguments).kind, Kind::allow);
  taints_.push_back({"to", {"tool:mail"}, {"c1_1"}});
  const Verdict denied = decide("pay", arguments);
  EXPECT_EQ(denied.kind, Kind::deny);
  EXPECT_EQ(denied.policy, "taint");
  EXPECT_NE(denied.reason.find("`to` may come from tool:mail"), std::string::npos);
  EXPECT_NE(denied.detail.find("c1_1"), std::string::npos);
  EXPECT_EQ(denied.reason.find("amount"), std::string::npos);
  const Verdict asked = decide("ask_pay", arguments);
  EXPECT_EQ(asked.kind, Kind::needs_approval);
  EXPECT_EQ(asked.policy, "taint");
  // By the people of another policy, who are told as well.
  const Verdict special = decide("ask_pay", R"({"to":"x","order_id":"special"})");
  EXPECT_EQ(special.policy, "granting");
  EXPECT_NE(special.reason.find("`to` may come from"), std::string::npos);
}

TEST_F(Deciding, RulesSeeLabels) {
  taints_ = {{"memo", {"tool:mail"}, {"c1_1"}}};
  EXPECT_EQ(decide("pay", R"({"order_id":"x"})").policy, "pay.calm");
  EXPECT_EQ(decide("calm", R"({"order_id":"x"})").kind, Kind::allow);
  labels_ = {"user", "tool:mail"};
  EXPECT_EQ(decide("calm", R"({"order_id":"x"})").kind, Kind::deny);
  labels_ = {"client"};
  EXPECT_EQ(decide("calm", R"({"order_id":"x"})").kind, Kind::deny);
}

}  // namespace
}  // namespace headgate::agents
