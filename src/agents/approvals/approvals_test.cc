// Approvals apart from their runs: who may decide, what waits, signatures and their copies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "agents/approvals/approvers.h"
#include "agents/approvals/seen_webhooks.h"
#include "agents/approvals/waiting.h"
#include "agents/approvals/webhook_signature.h"

namespace headgate::agents {
namespace {

using base::Errc;

constexpr std::string_view kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::string_view kBody = R"({"test": 2432232314})";
constexpr std::string_view kSigned = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
constexpr std::int64_t kAtS = 1614265330;

TEST(WebhookSignature, IsThatOfTheSpecification) {
  EXPECT_EQ(webhook_signature(kSecret, kId, kAtS, kBody), kSigned);
}

TEST(WebhookSignature, IsVerified) {
  const auto verified = [](const WebhookHeaders& headers, std::string_view body,
                           std::int64_t now_s) {
    return verify_webhook(kSecret, headers, body, now_s).has_value();
  };
  const WebhookHeaders good{kId, "1614265330", kSigned};
  EXPECT_TRUE(verified(good, kBody, kAtS));
  EXPECT_TRUE(verified(good, kBody, kAtS + 300));
  EXPECT_TRUE(verified(good, kBody, kAtS - 300));
  EXPECT_FALSE(verified(good, kBody, kAtS + 301));
  EXPECT_FALSE(verified(good, kBody, kAtS - 301));
  EXPECT_FALSE(verified(good, R"({"test": 2432232315})", kAtS));
  const std::string several = "v1a,zzz v1,AAAA " + std::string(kSigned);
  EXPECT_TRUE(verified({kId, "1614265330", several}, kBody, kAtS));
  for (const char* time : {"", "-1", "1614265331", "1614265330.0", "99999999999999999999", "x"}) {
    EXPECT_FALSE(verified({kId, time, kSigned}, kBody, kAtS)) << time;
  }
  for (const char* signature :
       {"", " ", "v1,", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}) {
    EXPECT_FALSE(verified({kId, "1614265330", signature}, kBody, kAtS)) << signature;
  }
  EXPECT_FALSE(verified({"", "1614265330", kSigned}, kBody, kAtS));
  EXPECT_FALSE(verified({"msg_other", "1614265330", kSigned}, kBody, kAtS));
}

RC_GTEST_PROP(WebhookSignature, OnlyTheSameBytesHaveIt,
              (const std::string& secret, const std::string& body, const std::string& other)) {
  RC_PRE(!secret.empty() && body != other);
  const std::string signature = webhook_signature(secret, "id", 1000, body);
  const WebhookHeaders headers{"id", "1000", signature};
  RC_ASSERT(verify_webhook(secret, headers, body, 1000).has_value());
  RC_ASSERT(!verify_webhook(secret, headers, other, 1000).has_value());
  RC_ASSERT(!verify_webhook(secret + "x", headers, body, 1000).has_value());
}

TEST(SeenWebhooks, ObeysOnce) {
  SeenWebhooks seen;
  EXPECT_TRUE(seen.claim("p", "a", 1000));
  EXPECT_EQ(seen.claim("p", "a", 1600).error().code, Errc::conflict);
  EXPECT_TRUE(seen.claim("q", "a", 1000));
  seen.release("p", "a");
  EXPECT_TRUE(seen.claim("p", "a", 1001));
  EXPECT_TRUE(seen.claim("p", "a", 1001 + 602));  // its time is not accepted any more
}

CallState waiting_call(std::string policy = "refunds") {
  CallState out;
  out.id = "c1_1";
  out.tool = "refund";
  out.arguments = R"({"a":1})";
  out.stage = CallStage::waiting;
  out.policy = std::move(policy);
  out.digest = approval_digest("run_1", out);
  return out;
}

RunOrigin origin() {
  RunOrigin out;
  out.principal.key_id = "app";
  out.principal.tenant = "acme";
  out.principal.user = "svc";
  out.user = "ute";
  return out;
}

Decider key(std::string id, std::string user, std::vector<std::string> scopes,
            std::string tenant = "acme") {
  Decider out;
  out.key_id = std::move(id);
  out.user = std::move(user);
  out.tenant = tenant;
  out.owner = "tenant " + tenant;
  out.scopes = std::move(scopes);
  return out;
}

bool may(const Decider& decider, const ApprovalPolicyConfig& policy, bool escalated = false) {
  CallState call = waiting_call();
  call.escalated = escalated;
  return may_decide(decider, call, origin(), "tenant acme", policy).has_value();
}

TEST(Approvers, Table) {
  ApprovalPolicyConfig any;  // operators
  EXPECT_TRUE(may(key("k", "olga", {"operator"}), any));
  EXPECT_TRUE(may(key("k", "olga", {"admin"}), any));
  EXPECT_TRUE(may(key("k", "olga", {"admin"}, "other"), any));
  EXPECT_FALSE(may(key("k", "olga", {"operator"}, "other"), any));
  EXPECT_FALSE(may(key("k", "olga", {}), any));
  EXPECT_FALSE(may({}, any));
  ApprovalPolicyConfig some;
  some.approvers.scopes = {"boss", "chief"};
  some.approvers.keys = {"vip"};
  EXPECT_TRUE(may(key("k", "olga", {"chief"}), some));
  EXPECT_FALSE(may(key("k", "olga", {"operator"}), some));
  EXPECT_FALSE(may(key("k", "olga", {"admin"}), some));
  EXPECT_FALSE(may(key("k", "olga", {"chief"}, "other"), some));
  EXPECT_TRUE(may(key("vip", "", {}, "other"), some));
  some.escalate_to.emplace();
  some.escalate_to->approvers.scopes = {"ceo"};
  EXPECT_FALSE(may(key("k", "olga", {"chief"}), some, true));
  EXPECT_TRUE(may(key("k", "olga", {"ceo"}), some, true));
}

TEST(Approvers, NobodyDecidesForHimself) {
  ApprovalPolicyConfig policy;
  EXPECT_FALSE(may(key("app", "", {"operator"}), policy));
  EXPECT_FALSE(may(key("other", "svc", {"operator"}), policy));
  EXPECT_FALSE(may(key("other", "ute", {"operator"}), policy));
  EXPECT_TRUE(may(key("other", "ute", {"admin"}, "elsewhere"), policy));  // another ute
  policy.approvers.not_requester = false;
  EXPECT_TRUE(may(key("other", "ute", {"operator"}), policy));
}

TEST(Approvers, WebhooksStandForTheirPolicyAlone) {
  ApprovalPolicyConfig policy;
  Decider hook;
  hook.user = "hanna";
  hook.webhook = "refunds";
  EXPECT_FALSE(may(hook, policy));  // it has none
  policy.webhook.emplace();
  EXPECT_TRUE(may(hook, policy));
  hook.user = "ute";
  EXPECT_FALSE(may(hook, policy));
  hook.user = "hanna";
  hook.webhook = "others";
  EXPECT_FALSE(may(hook, policy));
}

TEST(Approvers, OnePersonHoweverHeComes) {
  Decider hook;
  hook.user = "anna";
  hook.webhook = "refunds";
  EXPECT_EQ(person_of(key("a", "anna", {}), origin()), person_of(key("b", "anna", {}), origin()));
  EXPECT_EQ(person_of(key("a", "anna", {}), origin()), person_of(hook, origin()));
  EXPECT_NE(person_of(key("a", "anna", {}), origin()),
            person_of(key("a", "anna", {}, "other"), origin()));
  EXPECT_NE(person_of(key("a", "", {}), origin()), person_of(key("b", "", {}), origin()));
}

TEST(ApprovalDigest, IsOfWhatIsSaid) {
  CallState call = waiting_call();
  const std::string digest = approval_digest("run_1", call);
  call.arguments = "{ \"a\" : 1 }";
  EXPECT_EQ(approval_digest("run_1", call), digest);
  EXPECT_NE(approval_digest("run_2", call), digest);
  call.arguments = R"({"a":2})";
  EXPECT_NE(approval_digest("run_1", call), digest);
}

WaitingCall of_run(const std::string& run, std::int64_t asked_us, std::int64_t due_us = 0) {
  WaitingCall out;
  out.run_id = run;
  out.call = waiting_call();
  out.call.asked_us = asked_us;
  out.call.due_us = due_us;
  return out;
}

TEST(Waiting, TellsOfNewQuestionsOnce) {
  Waiting waiting;
  WaitingCall call = of_run("run_1", 5, 100);
  EXPECT_EQ(waiting.set("run_1", {call}).size(), 1U);
  EXPECT_EQ(waiting.set("run_1", {call}).size(), 0U);
  call.call.escalated = true;
  EXPECT_EQ(waiting.set("run_1", {call}).size(), 1U);
  call.call.digest = "sha256:other";
  EXPECT_EQ(waiting.set("run_1", {call}).size(), 1U);
  EXPECT_TRUE(waiting.find("run_1", "c1_1"));
  EXPECT_FALSE(waiting.find("run_1", "c1_2"));
  EXPECT_FALSE(waiting.find("run_2", "c1_1"));
  waiting.set("run_1", {});
  EXPECT_EQ(waiting.size(), 0U);
}

TEST(Waiting, ListsTheOldestFirstAndTellsWhatIsDue) {
  Waiting waiting;
  waiting.set("run_1", {of_run("run_1", 9)});
  waiting.set("run_2", {of_run("run_2", 5, 1'000'000)});
  waiting.set("run_3", {of_run("run_3", 7, 3'000'000)});
  const auto all = waiting.list([](const WaitingCall&) { return true; }, 2);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].run_id + " " + all[1].run_id, "run_2 run_3");
  EXPECT_THAT(waiting.due(999'999), testing::IsEmpty());
  EXPECT_THAT(waiting.due(1'000'000), testing::ElementsAre("run_2"));
  EXPECT_THAT(waiting.due(1'250'000), testing::IsEmpty());
  EXPECT_THAT(waiting.due(12'000'000), testing::ElementsAre("run_2", "run_3"));
}

}  // namespace
}  // namespace headgate::agents
