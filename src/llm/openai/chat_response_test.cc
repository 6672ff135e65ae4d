#include "llm/openai/chat_response.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headgate::llm::openai {
namespace {

using base::Errc;
using base::Usage;

TEST(chat_response, whole_answer) {
  const std::string_view body =
      R"({"id":"chatcmpl-1","object":"chat.completion","model":"gpt-4o-2024-08-06",
    "choices":[{"index":0,"message":{"role":"assistant","content":"Hello\n\u00e9","refusal":null,
    "annotations":[]},"logprobs":null,"finish_reason":"stop"},
    {"index":1,"message":{"content":"second"},"finish_reason":"length"},{"finish_reason":null}],
    "usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,
    "prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0,"cache_write_tokens":3},
    "completion_tokens_details":{"reasoning_tokens":6,"accepted_prediction_tokens":0}},
    "system_fingerprint":"fp"})";
  const auto response = scan_chat_response(body);
  ASSERT_TRUE(response) << response.error().detail;
  EXPECT_EQ(response->id, "chatcmpl-1");
  EXPECT_EQ(response->model, "gpt-4o-2024-08-06");
  EXPECT_EQ(response->content.decode(), "Hello\n\xC3\xA9");
  EXPECT_TRUE(response->refusal.empty());
  EXPECT_EQ(response->finish_reasons, (std::vector<std::string>{"stop", "length", ""}));
  EXPECT_EQ(response->usage,
            (Usage{.input = 19, .cached = 4, .cache_write = 3, .output = 10, .reasoning = 6}));
  EXPECT_FALSE(response->error);
}

TEST(chat_response, tool_calls_and_refusal) {
  const auto tools = scan_chat_response(
      R"({"choices":[{"message":{"content":null,"tool_calls":[{"id":"c1"}, {"id":"c2"}]}}]})");
  ASSERT_TRUE(tools);
  EXPECT_EQ(tools->tool_calls, R"([{"id":"c1"}, {"id":"c2"}])");
  EXPECT_TRUE(tools->content.empty());
  EXPECT_FALSE(tools->usage);
  const auto refusal =
      scan_chat_response(R"({"choices":[{"message":{"content":null,"refusal":"No."}}]})");
  EXPECT_EQ(refusal->refusal.decode(), "No.");
  const auto thoughts = scan_chat_response(
      R"({"choices":[{"message":{"content":"a","reasoning_content":"hm","reasoning":null}}]})");
  EXPECT_EQ(thoughts->reasoning.decode(), "hm");
}

TEST(chat_response, usage_is_read_or_absent_but_never_guessed) {
  const auto usage = [](const std::string& text) {
    const auto response = scan_chat_response("{\"choices\":[],\"usage\":" + text + "}");
    EXPECT_TRUE(response) << text;
    return response->usage;
  };
  EXPECT_EQ(usage("null"), std::nullopt);
  EXPECT_EQ(usage("[]"), std::nullopt);
  EXPECT_EQ(usage("{}"), std::nullopt);
  EXPECT_EQ(usage(R"({"total_tokens":5})"), std::nullopt);
  EXPECT_EQ(usage(R"({"prompt_tokens":5})"), std::nullopt);
  EXPECT_EQ(usage(R"({"prompt_tokens":5.5,"completion_tokens":1})"), std::nullopt);
  EXPECT_EQ(usage(R"({"prompt_tokens":"5","completion_tokens":1})"), std::nullopt);
  EXPECT_EQ(usage(R"({"prompt_tokens":99999999999999999999,"completion_tokens":1})"), std::nullopt);
  EXPECT_EQ(usage(R"({"completion_tokens":1,"prompt_tokens":5})"),
            (Usage{.input = 5, .output = 1}));
  EXPECT_EQ(usage(R"({"prompt_tokens":5,"completion_tokens":1,"prompt_tokens_details":null,
                      "completion_tokens_details":{"reasoning_tokens":null}})"),
            (Usage{.input = 5, .output = 1}));
}

TEST(chat_response, an_error_inside_a_200) {
  const auto response = scan_chat_response(
      R"({"error":{"message":"over\nloaded","type":"server_error","param":null,"code":"busy"}})");
  ASSERT_TRUE(response);
  ASSERT_TRUE(response->error);
  EXPECT_EQ(response->error->message, "over\nloaded");
  EXPECT_EQ(response->error->type, "server_error");
  EXPECT_EQ(response->error->code, "busy");
  EXPECT_EQ(response->error->param, "");
  EXPECT_FALSE(scan_chat_response(R"({"choices":[],"error":null})")->error);
}

TEST(chat_response, malformed) {
  for (const std::string_view body :
       {"", "<html>502</html>", "[]", "null", "{}", R"({"choices":{}})", R"({"choices":[1]})",
        R"({"choices":null})", R"({"choices":[]} x)", R"({"choices":[{"message":{}]})"}) {
    const auto response = scan_chat_response(body);
    ASSERT_TRUE(response.has_error()) << body;
    EXPECT_EQ(response.error().code, Errc::upstream_malformed) << body;
  }
  EXPECT_EQ(scan_chat_response("{}").error().detail,
            "the provider's answer has neither 'choices' nor 'error'");
  EXPECT_EQ(
      scan_chat_response("<html>").error().detail,
      "the provider's answer is no chat completion: invalid JSON at byte 0: expected an object");
}

TEST(chat_response, error_bodies_of_many_servers) {
  const auto read = [](std::string_view body) {
    const auto error = scan_error_body(body);
    return error ? error->message + "|" + error->type + "|" + error->code : std::string("none");
  };
  EXPECT_EQ(
      read(R"({"error":{"message":"Rate limit","type":"tokens","code":"rate_limit_exceeded"}})"),
      "Rate limit|tokens|rate_limit_exceeded");
  EXPECT_EQ(read(R"({"error":"model not loaded"})"), "model not loaded||");
  EXPECT_EQ(read(R"({"error":{"code":429,"message":"slow down","status":"X"}})"), "slow down||429");
  EXPECT_EQ(read(R"({"type":"error","error":{"type":"overloaded_error","message":"m"}})"),
            "m|overloaded_error|");
  EXPECT_EQ(read("<html>"), "none");
  EXPECT_EQ(read(R"({"detail":"Not Found"})"), "none");
  EXPECT_EQ(read(R"({"error":{"message":"cut)"), "none");
}

}  // namespace
}  // namespace headgate::llm::openai
