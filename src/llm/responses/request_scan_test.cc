#include "llm/responses/request_scan.h"

#include <gtest/gtest.h>

namespace headgate::llm::responses {
namespace {

using base::Errc;

chat::Head scan(std::string_view body) {
  const auto head = scan_request(body);
  EXPECT_TRUE(head.has_value()) << (head ? "" : head.error().detail);
  return head ? *head : chat::Head{};
}

TEST(responses_request_scan, reads_what_policy_needs) {
  const chat::Head head = scan(
      R"({"model":"gpt-\u0035","input":[{"role":"user","content":"a"},{"type":"x"}],"stream":true,)"
      R"("store":false,"background":true,"previous_response_id":"resp_1","max_output_tokens":9,)"
      R"("user":"u","safety_identifier":"s","prompt_cache_key":"k","tools":[{}]})");
  EXPECT_EQ(head.model, "gpt-5");
  EXPECT_EQ(head.prompt, R"([{"role":"user","content":"a"},{"type":"x"}])");
  EXPECT_EQ(head.messages_count, 2U);
  EXPECT_TRUE(head.stream);
  EXPECT_FALSE(head.store);
  EXPECT_TRUE(head.background);
  EXPECT_EQ(head.previous_response_id, "resp_1");
  EXPECT_EQ(head.output_tokens_max, 9);
  EXPECT_EQ(head.user, "s");
  EXPECT_EQ(head.cache_key, "k");
  EXPECT_TRUE(head.has_tools);
  EXPECT_FALSE(head.has_cache_marks);
}

TEST(responses_request_scan, what_is_null_is_not_said) {
  const chat::Head head =
      scan(R"({"model":"m","input":null,"stream":null,"store":null,"background":null,"user":null,)"
           R"("previous_response_id":null,"max_output_tokens":null,"prompt_cache_key":null,)"
           R"("tools":null})");
  EXPECT_FALSE(head.stream);
  EXPECT_TRUE(head.store);
  EXPECT_TRUE(head.previous_response_id.empty());
  EXPECT_FALSE(head.output_tokens_max);
  EXPECT_TRUE(head.prompt.empty());
  EXPECT_EQ(head.messages_count, 0U);
}

TEST(responses_request_scan, a_string_is_one_message) {
  const chat::Head head = scan(R"({"input" : "hi" ,"model":"m"})");
  EXPECT_EQ(head.prompt, "\"hi\"");
  EXPECT_EQ(head.messages_count, 1U);
}

TEST(responses_request_scan, cache_marks_are_keys_and_not_text) {
  const auto marked = [](std::string_view content) {
    return scan(R"({"model":"m","input":[{"role":"user","content":)" + std::string(content) + "}]}")
        .has_cache_marks;
  };
  EXPECT_TRUE(marked(R"([{"type":"input_text","text":"a","prompt_cache_breakpoint" : {}}])"));
  EXPECT_FALSE(marked(R"("say \"prompt_cache_breakpoint\": now")"));
  EXPECT_FALSE(marked(R"("prompt_cache_breakpoint")"));
  EXPECT_TRUE(scan(R"({"model":"m","prompt_cache_options":{"mode":"explicit"}})").has_cache_marks);
  EXPECT_FALSE(scan(R"({"model":"m","prompt_cache_options":{"mode":"implicit"}})").has_cache_marks);
}

TEST(responses_request_scan, refuses_what_two_parsers_could_take_differently) {
  struct Case {
    std::string_view body;
    Errc code;
    std::string_view param;
  };
  const Case cases[] = {
      {R"({"model":"a","model":"b"})", Errc::invalid_request, "model"},
      {R"({"model":"a","input":"x","input":"y"})", Errc::invalid_request, "input"},
      {R"({"model":"a","store":true,"st\u006fre":false})", Errc::invalid_request, "store"},
      {R"({"model":"a","previous_response_id":"x","previous_response_id":"y"})",
       Errc::invalid_request, "previous_response_id"},
      {R"({"input":"x"})", Errc::invalid_request, "model"},
      {R"({"model":""})", Errc::invalid_request, "model"},
      {R"({"model":null})", Errc::invalid_request, "model"},
      {R"({"model":"a","input":{}})", Errc::invalid_request, "input"},
      {R"({"model":"a","stream":"yes"})", Errc::invalid_request, "stream"},
      {R"({"model":"a","max_output_tokens":-1})", Errc::invalid_request, "max_output_tokens"},
      {R"({"model":"a","max_output_tokens":1.5})", Errc::invalid_request, "max_output_tokens"},
      {R"([])", Errc::invalid_request, ""},
      {R"({"model":"a")", Errc::invalid_json, ""},
      {R"({"model":"a"} x)", Errc::invalid_json, ""},
      {"", Errc::invalid_json, ""}};
  for (const Case& test : cases) {
    const auto head = scan_request(test.body);
    ASSERT_FALSE(head.has_value()) << test.body;
    EXPECT_EQ(head.error().code, test.code) << test.body;
    EXPECT_EQ(head.error().param, test.param) << test.body;
  }
}

TEST(responses_request_scan, has_limits) {
  const chat::Limits limits{
      .depth_max = 4, .messages_max = 2, .model_bytes_max = 3, .user_bytes_max = 3};
  EXPECT_TRUE(scan_request(R"({"model":"abc","user":"abc","input":[1,2]})", limits));
  for (const std::string_view body :
       {R"({"model":"abcd"})", R"({"model":"a","user":"abcd"})", R"({"model":"a","input":[1,2,3]})",
        R"({"model":"a","x":[[[[]]]]})", R"({"model":"a","previous_response_id":"abcd"})"}) {
    EXPECT_FALSE(scan_request(body, limits)) << body;
  }
}

std::string edited(std::string_view body, const chat::Edits& edits) {
  return edit_request(body, scan(body), edits).value_or("(as it was)");
}

TEST(responses_request_edit, changes_only_what_it_must) {
  EXPECT_EQ(edited(R"({ "x" :1.0, "model": "a" ,"input":"i"})", {.model = "b\"c"}),
            R"({ "x" :1.0, "model": "b\"c" ,"input":"i"})");
  EXPECT_EQ(edited(R"({"model":"a"})", {.model = "a", .mark_cache = true}), "(as it was)");
  EXPECT_EQ(edited(R"({"model":"a" } )", {.model = "b", .cache_key = "k"}),
            R"({"model":"b" ,"prompt_cache_key":"k"} )");
  EXPECT_EQ(edited(R"({"prompt_cache_key": null,"model":"a"})", {.cache_key = "k"}),
            R"({"prompt_cache_key": "k","model":"a"})");
  EXPECT_EQ(edited(R"({"model":"a","prompt_cache_key":"mine"})", {.cache_key = "k"}),
            "(as it was)");
}

std::string continued_with(std::string_view body, std::string_view items) {
  return replace_previous(body, scan(body), items);
}

TEST(responses_replace_previous, puts_the_earlier_items_first) {
  constexpr std::string_view kItems = R"([{"a":1}, {"b":2}])";
  EXPECT_EQ(continued_with(R"({"model":"m","previous_response_id":"r","input":"hi \" x"})", kItems),
            R"({"model":"m","input":[{"a":1}, {"b":2},)"
            R"({"type":"message","role":"user","content":"hi \" x"}]})");
  EXPECT_EQ(
      continued_with(R"({"previous_response_id" : "r" , "input":[ {"c":3} ],"model":"m"})", kItems),
      R"({ "input":[{"a":1}, {"b":2}, {"c":3} ],"model":"m"})");
  EXPECT_EQ(continued_with(R"({"model":"m","input":[ ],"previous_response_id":"r"})", kItems),
            R"({"model":"m","input":[{"a":1}, {"b":2}]})");
  EXPECT_EQ(continued_with(R"({"model":"m","previous_response_id":"r"})", kItems),
            R"({"model":"m","input":[{"a":1}, {"b":2}]})");
  EXPECT_EQ(continued_with(R"({"model":"m","input":null})", kItems),
            R"({"model":"m","input":[{"a":1}, {"b":2}]})");
  EXPECT_EQ(continued_with(R"({"model":"m","previous_response_id":"r","input":"x"})", "[ ]"),
            R"({"model":"m","input":"x"})");
  EXPECT_EQ(continued_with(R"({"model":"m","previous_response_id":"r","input":"x"})", ""),
            R"({"model":"m","input":"x"})");
}

TEST(responses_input_tokens, is_the_official_shape) {
  EXPECT_EQ(input_tokens_body(12), R"({"object":"response.input_tokens","input_tokens":12})");
}

}  // namespace
}  // namespace headgate::llm::responses
