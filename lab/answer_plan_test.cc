#include "lab/answer_plan.h"

#include <gtest/gtest.h>

#include "lab/openai/openai_family.h"
#include "lab/script/compose.h"
#include "lab/script/conversation.h"
#include "lab/script/script_reader.h"

namespace headgate::lab {
namespace {

const Script kScript = default_script();
const std::vector<std::string> kNoKeys;
const RequestContext kContext{kScript, kNoKeys, 0, "r"};

/// The plan for "a b c d" under a fault.
Plan plan_with(const Fault& fault, bool stream) {
  openai::OpenAiFamily family;
  const std::string body =
      std::string(R"({"model":"gpt-4o","messages":[{"role":"user","content":"x"}],"stream":)") +
      (stream ? "true}" : "false}");
  const auto reading = family.read({"POST", "/v1/chat/completions", {}, body}, kContext);
  const Call& call = *std::get<std::unique_ptr<Call>>(reading);
  const HeaderList headers;
  const Conversation conversation(call.prompt(), headers, {});
  Answer answer;
  answer.texts = {"a b c d"};
  base::SeededRandom random(1);
  base::SeededRandom ids(2);
  const auto completion = compose({call.prompt(), conversation, &answer, {}, 0}, random, ids);
  return plan_answer({family, kContext, call, completion, Delay{}, &fault}, random);
}

Plan bare_plan(const Fault& fault) {
  base::SeededRandom random(1);
  const openai::OpenAiFamily family;
  return plan_bare_fault(fault, Delay{}, family, kContext, random);
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

TEST(AnswerPlan, CutsAStream) {
  Fault fault = fault_of(FaultKind::cut, 2);
  fault.reset = true;
  const auto plan = plan_with(fault, true);
  EXPECT_TRUE(std::get<End>(plan.back()).reset);
  EXPECT_TRUE(has(written(plan), R"("content":" b")"));
  EXPECT_FALSE(has(written(plan), R"("content":" c")"));
  EXPECT_FALSE(has(written(plan), "[DONE]"));
}

TEST(AnswerPlan, CutsABodyShortOfItsLength) {
  const auto plan = plan_with(fault_of(FaultKind::cut, 100), false);
  EXPECT_FALSE(std::get<End>(plan.back()).reset);
  const std::string bytes = written(plan);
  EXPECT_TRUE(has(bytes, "HTTP/1.1 200 OK\r\ncontent-length: "));
  EXPECT_TRUE(bytes.ends_with("fp_headgate_lab\""));  // all but the last byte
}

TEST(AnswerPlan, StallsAndGoesOn) {
  const auto plan = plan_with(fault_of(FaultKind::stall, 1, 40), true);
  EXPECT_TRUE(holds<Wait>(plan));
  EXPECT_TRUE(has(written(plan), "[DONE]"));
  EXPECT_TRUE(holds<Hang>(plan_with(fault_of(FaultKind::stall, 1, 0), true)));
  const auto body = plan_with(fault_of(FaultKind::stall, 1, 40), false);
  EXPECT_TRUE(holds<Wait>(body));
  EXPECT_TRUE(written(body).ends_with("}"));
}

TEST(AnswerPlan, BreaksOneEvent) {
  const std::string bytes = written(plan_with(fault_of(FaultKind::malformed, 1), true));
  EXPECT_TRUE(has(bytes, R"("content":"a")"));
  EXPECT_FALSE(has(bytes, R"("content":" b")"));
  EXPECT_TRUE(has(bytes, R"("content":" c")"));
  EXPECT_TRUE(has(bytes, "[DONE]"));
}

TEST(AnswerPlan, SendsAnErrorInTheStream) {
  const auto plan = plan_with(fault_of(FaultKind::error_event, 1), true);
  EXPECT_TRUE(has(written(plan), R"(data: {"error":{"message":)"));
  EXPECT_FALSE(has(written(plan), "[DONE]"));
  EXPECT_TRUE(std::holds_alternative<Finish>(plan.back()));
  EXPECT_EQ(std::get<Reply>(plan_with(fault_of(FaultKind::error_event), false).back()).status, 500);
}

TEST(AnswerPlan, LeavesThingsOut) {
  EXPECT_FALSE(has(written(plan_with(fault_of(FaultKind::no_done), true)), "[DONE]"));
  const std::string silent = written(plan_with(fault_of(FaultKind::no_finish_reason), true));
  EXPECT_FALSE(has(silent, R"("finish_reason":"stop")"));
  EXPECT_TRUE(has(silent, "[DONE]"));
  const auto body = plan_with(fault_of(FaultKind::no_finish_reason), false);
  EXPECT_TRUE(has(std::get<Reply>(body.back()).body, R"("finish_reason":null)"));
}

TEST(AnswerPlan, WaitsBeforeTheFirstToken) {
  const auto plan = plan_with(fault_of(FaultKind::slow_first_token, 0, 70), true);
  EXPECT_TRUE(std::holds_alternative<Start>(plan[0]));
  EXPECT_EQ(std::get<Wait>(plan[1]).time, base::milliseconds(70));
}

TEST(AnswerPlan, FillsAHugeBody) {
  Fault fault = fault_of(FaultKind::huge_body);
  fault.bytes = 1'000'000'000;
  for (const bool stream : {true, false}) {
    const auto plan = plan_with(fault, stream);
    EXPECT_TRUE(holds<Fill>(plan));
    EXPECT_LT(written(plan).size(), 5000U);
    EXPECT_FALSE(has(written(plan), "HEADGATE"));
  }
}

TEST(AnswerPlan, AnswersWithAStatus) {
  Fault fault = fault_of(FaultKind::status);
  fault.status = 429;
  fault.retry_after = "120";
  fault.retry_after_ms = 50;
  fault.should_retry = false;
  const auto plan = bare_plan(fault);
  const auto& reply = std::get<Reply>(plan.back());
  EXPECT_EQ(reply.status, 429);
  EXPECT_TRUE(has(reply.body, "rate_limit_exceeded"));
  EXPECT_EQ(reply.headers.front().second, "application/json");
  const HeaderList expected{
      {"retry-after", "120"}, {"retry-after-ms", "50"}, {"x-should-retry", "false"}};
  EXPECT_EQ(HeaderList(reply.headers.end() - 3, reply.headers.end()), expected);
  fault.body = boost::json::value("plain words");
  const auto worded = bare_plan(fault);
  EXPECT_EQ(std::get<Reply>(worded.back()).body, "plain words");
  EXPECT_TRUE(bare_plan(fault_of(FaultKind::cut)).empty());
}

TEST(AnswerPlan, AnswersWithAPage) {
  Fault fault = fault_of(FaultKind::html);
  fault.status = 502;
  const auto plan = bare_plan(fault);
  const auto& reply = std::get<Reply>(plan.back());
  EXPECT_EQ(reply.headers.front().second, "text/html");
  EXPECT_TRUE(has(reply.body, "<h1>502"));
}

}  // namespace
}  // namespace headgate::lab
