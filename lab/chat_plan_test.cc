#include "lab/chat_plan.h"

#include <gtest/gtest.h>

#include "lab/script/compose.h"
#include "lab/script/conversation.h"

namespace headgate::lab {
namespace {

/// The plan for "a b c d" under a fault.
Plan plan_with(const Fault& fault, bool stream) {
  const auto request = read_chat_request(
      std::string(R"({"model":"m","messages":[{"role":"user","content":"x"}],"stream":)") +
      (stream ? "true}" : "false}"));
  const HeaderList headers;
  const Conversation conversation(*request, headers, {});
  Answer answer;
  answer.texts = {"a b c d"};
  base::SeededRandom random(1);
  base::SeededRandom ids(2);
  const auto completion = compose({*request, conversation, &answer, 0, 0}, random, ids);
  return plan_chat({completion, *request, Delay{}, &fault, headers, false}, random);
}

Fault fault_of(FaultKind kind, std::int64_t after_tokens = 0, std::int64_t ms = 0) {
  Fault fault;
  fault.kind = kind;
  fault.after_tokens = after_tokens;
  fault.ms = ms;
  return fault;
}

std::string written(const Plan& plan) {
  std::string bytes;
  for (const auto& action : plan) {
    if (const auto* write = std::get_if<Write>(&action)) bytes += write->bytes;
    if (const auto* raw = std::get_if<Raw>(&action)) bytes += raw->bytes;
  }
  return bytes;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

template <class T>
bool holds(const Plan& plan) {
  for (const auto& action : plan) {
    if (std::holds_alternative<T>(action)) return true;
  }
  return false;
}

TEST(ChatPlan, CutsAStream) {
  Fault fault = fault_of(FaultKind::cut, 2);
  fault.reset = true;
  const auto plan = plan_with(fault, true);
  EXPECT_TRUE(std::get<End>(plan.back()).reset);
  EXPECT_TRUE(has(written(plan), R"("content":" b")"));
  EXPECT_FALSE(has(written(plan), R"("content":" c")"));
  EXPECT_FALSE(has(written(plan), "[DONE]"));
}

TEST(ChatPlan, CutsABodyShortOfItsLength) {
  const auto plan = plan_with(fault_of(FaultKind::cut, 100), false);
  EXPECT_FALSE(std::get<End>(plan.back()).reset);
  const std::string bytes = written(plan);
  EXPECT_TRUE(has(bytes, "HTTP/1.1 200 OK\r\ncontent-length: "));
  EXPECT_TRUE(bytes.ends_with("fp_headgate_lab\""));  // all but the last byte
}

TEST(ChatPlan, StallsAndGoesOn) {
  const auto plan = plan_with(fault_of(FaultKind::stall, 1, 40), true);
  EXPECT_TRUE(holds<Wait>(plan));
  EXPECT_TRUE(has(written(plan), "[DONE]"));
  EXPECT_TRUE(holds<Hang>(plan_with(fault_of(FaultKind::stall, 1, 0), true)));
  const auto body = plan_with(fault_of(FaultKind::stall, 1, 40), false);
  EXPECT_TRUE(holds<Wait>(body));
  EXPECT_TRUE(written(body).ends_with("}"));
}

TEST(ChatPlan, BreaksOneEvent) {
  const std::string bytes = written(plan_with(fault_of(FaultKind::malformed, 1), true));
  EXPECT_TRUE(has(bytes, R"("content":"a")"));
  EXPECT_FALSE(has(bytes, R"("content":" b")"));
  EXPECT_TRUE(has(bytes, R"("content":" c")"));
  EXPECT_TRUE(has(bytes, "[DONE]"));
}

TEST(ChatPlan, SendsAnErrorInTheStream) {
  const auto plan = plan_with(fault_of(FaultKind::error_event, 1), true);
  EXPECT_TRUE(has(written(plan), R"(data: {"error":{"message":)"));
  EXPECT_FALSE(has(written(plan), "[DONE]"));
  EXPECT_TRUE(std::holds_alternative<Finish>(plan.back()));
  EXPECT_EQ(std::get<Reply>(plan_with(fault_of(FaultKind::error_event), false).back()).status, 500);
}

TEST(ChatPlan, LeavesThingsOut) {
  EXPECT_FALSE(has(written(plan_with(fault_of(FaultKind::no_done), true)), "[DONE]"));
  const std::string silent = written(plan_with(fault_of(FaultKind::no_finish_reason), true));
  EXPECT_FALSE(has(silent, R"("finish_reason":"stop")"));
  EXPECT_TRUE(has(silent, "[DONE]"));
  const auto body = plan_with(fault_of(FaultKind::no_finish_reason), false);
  EXPECT_TRUE(has(std::get<Reply>(body.back()).body, R"("finish_reason":null)"));
}

TEST(ChatPlan, WaitsBeforeTheFirstToken) {
  const auto plan = plan_with(fault_of(FaultKind::slow_first_token, 0, 70), true);
  EXPECT_TRUE(std::holds_alternative<Start>(plan[0]));
  EXPECT_EQ(std::get<Wait>(plan[1]).time, base::milliseconds(70));
}

TEST(ChatPlan, FillsAHugeBody) {
  Fault fault = fault_of(FaultKind::huge_body);
  fault.bytes = 1'000'000'000;
  for (const bool stream : {true, false}) {
    const auto plan = plan_with(fault, stream);
    EXPECT_TRUE(holds<Fill>(plan));
    EXPECT_LT(written(plan).size(), 5000U);
    EXPECT_FALSE(has(written(plan), "HEADGATE"));
  }
}

TEST(ChatPlan, AnswersWithAStatus) {
  Fault fault = fault_of(FaultKind::status);
  fault.status = 429;
  fault.retry_after = "120";
  fault.retry_after_ms = 50;
  fault.should_retry = false;
  base::SeededRandom random(1);
  const auto plan = plan_bare_fault(fault, Delay{}, {}, random);
  const auto& reply = std::get<Reply>(plan.back());
  EXPECT_EQ(reply.status, 429);
  EXPECT_TRUE(has(reply.body, "rate_limit_exceeded"));
  const HeaderList expected{{"content-type", "application/json"},
                            {"retry-after", "120"},
                            {"retry-after-ms", "50"},
                            {"x-should-retry", "false"}};
  EXPECT_EQ(reply.headers, expected);
  fault.body = boost::json::value("plain words");
  const auto worded = plan_bare_fault(fault, Delay{}, {}, random);
  EXPECT_EQ(std::get<Reply>(worded.back()).body, "plain words");
  EXPECT_TRUE(plan_bare_fault(fault_of(FaultKind::cut), Delay{}, {}, random).empty());
}

TEST(ChatPlan, AnswersWithAPage) {
  Fault fault = fault_of(FaultKind::html);
  fault.status = 502;
  base::SeededRandom random(1);
  const auto plan = plan_bare_fault(fault, Delay{}, {}, random);
  const auto& reply = std::get<Reply>(plan.back());
  EXPECT_EQ(reply.headers.front().second, "text/html");
  EXPECT_TRUE(has(reply.body, "<h1>502"));
}

}  // namespace
}  // namespace headgate::lab
