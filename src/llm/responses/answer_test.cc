#include "llm/responses/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "llm/responses/response_object.h"

namespace headgate::llm::responses {
namespace {

using base::Errc;
using chat::Dialect;
using chat::Part;
using chat::StopReason;
using testing::HasSubstr;
using testing::Not;

chat::Answer decode(std::string_view body) {
  auto answer = decode_answer(body);
  EXPECT_TRUE(answer.has_value()) << (answer ? "" : answer.error().detail);
  return answer ? *std::move(answer) : chat::Answer{};
}

template <class Value>
Part part(Value value) {
  Part out;
  out.value = std::move(value);
  return out;
}

chat::Answer foreign(std::vector<Part> parts, StopReason stop = StopReason::stop) {
  chat::Answer answer;
  answer.origin = Dialect::anthropic;
  answer.id = "msg_01";
  answer.model = "claude";
  answer.created_s = 5;
  answer.candidates.emplace_back().parts = std::move(parts);
  answer.candidates.front().stop = stop;
  return answer;
}

TEST(responses_answer_decode, a_whole_one) {
  const chat::Answer answer = decode(
      R"({"id":"resp_1","object":"response","created_at":1700000000.5,"status":"completed",)"
      R"("model":"gpt-x","tools":[{"type":"x"}],"output":[)"
      R"({"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"enc"},)"
      R"({"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[)"
      R"({"type":"output_text","text":"hi","annotations":[{"type":"file_path"}],)"
      R"("logprobs":[{"token":"hi"}]},{"type":"output_text","text":"!","annotations":[],)"
      R"("logprobs":[{"token":"!"}]}]},)"
      R"({"id":"fc_1","type":"function_call","name":"f","arguments":"{","call_id":"c"}],)"
      R"("usage":{"input_tokens":4,"input_tokens_details":{"cached_tokens":1},"output_tokens":3,)"
      R"("output_tokens_details":{"reasoning_tokens":2},"total_tokens":7},"service_tier":"flex",)"
      R"("tool_usage":{"web_search":{"num_requests":2}},"moderation":null,"completed_at":6})");
  EXPECT_EQ(answer.id, "resp_1");
  EXPECT_EQ(answer.model, "gpt-x");
  EXPECT_EQ(answer.created_s, 1'700'000'000);
  const chat::Candidate& candidate = answer.candidates.at(0);
  ASSERT_EQ(candidate.parts.size(), 4U);
  EXPECT_EQ(candidate.parts[0].as<chat::Reasoning>()->signature.value, "enc");
  EXPECT_EQ(candidate.parts[1].as<chat::Text>()->annotations, R"([{"type":"file_path"}])");
  EXPECT_EQ(candidate.parts[2].item_id, "msg_1");
  EXPECT_EQ(candidate.parts[3].as<chat::ToolCall>()->arguments, "{");
  EXPECT_EQ(candidate.logprobs, R"([{"token":"hi"},{"token":"!"}])");
  EXPECT_EQ(candidate.stop, StopReason::tool_calls);
  EXPECT_EQ(*answer.usage, (base::Usage{.input = 4,
                                        .cached = 1,
                                        .output = 3,
                                        .reasoning = 2,
                                        .web_searches = 2,
                                        .tier = base::ServiceTier::flex}));
  EXPECT_EQ(answer.extras, (chat::Extras{{"tool_usage", R"({"web_search":{"num_requests":2}})"},
                                         {"completed_at", "6"}}));
}

// A message that is kept as it was has its probabilities in itself: no other text may get them.
TEST(responses_answer_decode, the_logprobs_of_a_message_that_is_not_understood_stay_in_it) {
  const chat::Answer answer =
      decode(R"({"output":[{"type":"message","content":[{"type":"output_text","text":"a",)"
             R"("logprobs":[{"token":"a"}]}]},{"type":"message","content":[)"
             R"({"type":"output_text","text":"b","logprobs":[{"token":"b"}]},{"type":"odd"}]}]})");
  const chat::Candidate& candidate = answer.candidates.at(0);
  ASSERT_EQ(candidate.parts.size(), 2U);
  EXPECT_NE(candidate.parts[1].as<chat::Opaque>(), nullptr);
  EXPECT_EQ(candidate.logprobs, R"([{"token":"a"}])");
}

TEST(responses_answer_decode, every_end) {
  struct Case {
    std::string_view members;
    StopReason stop;
    std::string_view native;
  };
  constexpr std::string_view kRefusal =
      R"("output":[{"type":"message","id":"m","role":"assistant","content":[)"
      R"({"type":"refusal","refusal":"no"}]}])";
  const Case cases[] = {
      {R"("status":"completed","output":[])", StopReason::stop, "completed"},
      {R"("output":[])", StopReason::stop, "completed"},
      {kRefusal, StopReason::refusal, "completed"},
      {R"("status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[])",
       StopReason::length, "max_output_tokens"},
      {R"("status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[])",
       StopReason::content_filter, "content_filter"},
      {R"("status":"incomplete","incomplete_details":{"reason":"steered"},"output":[])",
       StopReason::pause, "steered"},
      {R"("status":"incomplete","incomplete_details":{"reason":"tired"},"output":[])",
       StopReason::other, "tired"},
      {R"("status":"incomplete","incomplete_details":null,"output":[])", StopReason::other,
       "incomplete"}};
  for (const Case& test : cases) {
    const chat::Answer answer = decode("{" + std::string(test.members) + "}");
    EXPECT_EQ(answer.candidates.at(0).stop, test.stop) << test.members;
    EXPECT_EQ(answer.candidates.at(0).stop_native, test.native) << test.members;
  }
}

TEST(responses_answer_decode, what_is_no_answer) {
  struct Case {
    std::string_view body;
    Errc code;
    std::string_view detail;
  };
  const Case cases[] = {
      {R"({"status":"failed","error":{"code":"server_error","message":"boom"},"output":[]})",
       Errc::upstream_status, "boom"},
      {R"({"error":{"message":"boom","type":"t"}})", Errc::upstream_status, "boom"},
      {R"({"status":"cancelled","output":[]})", Errc::upstream_status, "cancelled"},
      {R"({"status":"in_progress","output":[]})", Errc::upstream_malformed, "in_progress"},
      {R"({"id":"x"})", Errc::upstream_malformed, "'output'"},
      {R"({"output":[7]})", Errc::upstream_malformed, "output[0]"},
      {R"({"output":[)", Errc::upstream_malformed, "byte"},
      {"<html>", Errc::upstream_malformed, "byte"},
      {"[]", Errc::upstream_malformed, "an object"}};
  for (const Case& test : cases) {
    const auto answer = decode_answer(test.body);
    ASSERT_FALSE(answer.has_value()) << test.body;
    EXPECT_EQ(answer.error().code, test.code) << test.body;
    EXPECT_THAT(answer.error().detail, HasSubstr(std::string(test.detail)));
  }
}

TEST(responses_answer_decode, a_call_without_an_id_gets_one) {
  const chat::Answer answer =
      decode(R"({"output":[{"type":"function_call","name":"f","arguments":"{}"},)"
             R"({"type":"function_call","id":"fc_9","name":"f","arguments":"{}"}]})");
  EXPECT_EQ(answer.candidates[0].parts[0].as<chat::ToolCall>()->id, "call_0");
  EXPECT_EQ(answer.candidates[0].parts[1].as<chat::ToolCall>()->id, "fc_9");
}

TEST(responses_answer_encode, repeats_the_request_in_the_shapes_of_the_sdk) {
  chat::Request request;
  request.origin = Dialect::openai_responses;
  request.messages = {{chat::Role::system, {chat::text_part("brief")}, {}, {}}, {}};
  request.tools.push_back({.name = "f", .schema = "{}"});
  request.tool_choice = chat::ToolChoice{chat::ToolMode::named, {"f"}, false, false};
  request.parallel_tool_calls = false;
  request.temperature = "0.70";
  request.output_tokens_max = 9;
  request.metadata = R"({"a":"b"})";
  request.previous_response_id = "resp_0";
  request.store = false;
  request.extras = {{"conversation", "\"conv_1\""}, {"text.verbosity", "\"low\""}};
  const std::string body =
      encode_answer(foreign({chat::text_part("hi")}), {.request = &request, .id = "resp_7"});
  EXPECT_EQ(body, R"({"id":"resp_7","object":"response","created_at":5,"status":"completed",)"
                  R"("error":null,"incomplete_details":null,"background":false,)"
                  R"("conversation":{"id":"conv_1"},"instructions":"brief","max_output_tokens":9,)"
                  R"("max_tool_calls":null,"model":"claude","output":[{"id":"msg_hg_7_0",)"
                  R"("type":"message","status":"completed","role":"assistant","content":[)"
                  R"({"type":"output_text","text":"hi","annotations":[],"logprobs":[]}]}],)"
                  R"("parallel_tool_calls":false,"previous_response_id":"resp_0",)"
                  R"("prompt_cache_key":null,"reasoning":{"effort":null,"summary":null},)"
                  R"("safety_identifier":null,"store":false,"temperature":0.70,)"
                  R"("text":{"format":{"type":"text"},"verbosity":"low"},)"
                  R"("tool_choice":{"type":"function","name":"f"},)"
                  R"("tools":[{"type":"function","name":"f","parameters":{},"strict":null}],)"
                  R"("top_logprobs":0,"top_p":null,"truncation":"disabled","metadata":{"a":"b"},)"
                  R"("service_tier":"auto","usage":null,"access_programs":null})");
}

TEST(responses_answer_encode, items_of_other_providers) {
  chat::Request request;
  const Part thought =
      part(chat::Reasoning{.text = "hm", .signature = {Dialect::anthropic, "sig"}});
  const Part call = part(chat::ToolCall{
      .id = "c", .name = "f", .arguments = "{}", .signature = {Dialect::gemini, "ts"}});
  const Part odd = part(chat::Opaque{Dialect::anthropic, "server_tool_use", "{\"a\":1}"});
  const Part image = part(chat::Media{chat::MediaKind::image, "image/png", "QUJD"});
  const chat::Answer answer =
      foreign({thought, chat::text_part("a"), odd, chat::text_part("b"), call, image});
  const std::string plain = encode_answer(answer, {.request = &request});
  EXPECT_THAT(plain, HasSubstr(R"("output":[{"id":"rs_hg_msg_01_0","type":"reasoning",)"
                               R"("summary":[{"type":"summary_text","text":"hm"}]},)"
                               R"({"id":"msg_hg_msg_01_1",)"));
  EXPECT_THAT(plain, HasSubstr(R"({"type":"output_text","text":"b",)"));
  EXPECT_THAT(plain, HasSubstr(R"({"id":"fc_hg_msg_01_3","type":"function_call",)"
                               R"("status":"completed","arguments":"{}","call_id":"c",)"
                               R"("name":"f","extra_content":{"google":)"
                               R"({"thought_signature":"ts"}}})"));
  EXPECT_THAT(plain, HasSubstr(R"({"id":"ig_hg_msg_01_4","type":"image_generation_call",)"
                               R"("status":"completed","output_format":"png","result":"QUJD"})"));
  EXPECT_THAT(plain, Not(HasSubstr("sig\"")));
  EXPECT_THAT(plain, Not(HasSubstr("\"a\":1")));
  EXPECT_THAT(encode_stored_answer(answer, {.request = &request}),
              HasSubstr(R"("encrypted_content":"headgate:anthropic:sig")"));
  request.extras.push_back({"include", R"(["reasoning.encrypted_content"])"});
  EXPECT_THAT(encode_answer(answer, {.request = &request}),
              HasSubstr(R"("encrypted_content":"headgate:anthropic:sig")"));
}

TEST(responses_answer_encode, every_end_has_a_status) {
  const chat::Request request;
  const auto encoded = [&](StopReason stop, const std::string& native = {}) {
    chat::Answer answer = foreign({chat::text_part("x")}, stop);
    answer.candidates[0].stop_native = native;
    return encode_answer(answer, {.request = &request});
  };
  for (const StopReason stop :
       {StopReason::stop, StopReason::tool_calls, StopReason::stop_sequence, StopReason::refusal}) {
    EXPECT_THAT(encoded(stop), HasSubstr(R"("status":"completed","error":null)"));
  }
  EXPECT_THAT(encoded(StopReason::length), HasSubstr(R"({"reason":"max_output_tokens"})"));
  EXPECT_THAT(encoded(StopReason::context), HasSubstr(R"({"reason":"max_output_tokens"})"));
  EXPECT_THAT(encoded(StopReason::content_filter), HasSubstr(R"({"reason":"content_filter"})"));
  EXPECT_THAT(encoded(StopReason::pause, "steered"), HasSubstr(R"({"reason":"steered"})"));
  EXPECT_THAT(encoded(StopReason::pause, "pause_turn"), HasSubstr(R"({"reason":"max_messages"})"));
  EXPECT_THAT(encoded(StopReason::other, "ODD"), HasSubstr(R"({"reason":"max_messages"})"));
  EXPECT_THAT(encoded(StopReason::other, "ODD"), Not(HasSubstr("ODD")));
  EXPECT_THAT(encoded(StopReason::none), HasSubstr(R"("status":"incomplete")"));
  EXPECT_THAT(encoded(StopReason::malformed),
              HasSubstr(R"("status":"failed","error":{"code":"server_error")"));
  EXPECT_THAT(encoded(StopReason::length), HasSubstr(R"("type":"message","status":"incomplete")"));
}

TEST(responses_answer_encode, ids_are_unique) {
  Part first = chat::text_part("a");
  first.item_id = "msg_1";
  Part call = part(chat::ToolCall{.id = "c", .name = "f", .arguments = "{}"});
  Part second = chat::text_part("b");
  second.item_id = "msg_1";
  const std::string body = encode_answer(foreign({first, call, second}), {});
  EXPECT_THAT(body, HasSubstr(R"("id":"msg_1")"));
  EXPECT_THAT(body, HasSubstr(R"("id":"msg_hg_msg_01_2")"));
}

TEST(responses_answer_encode, an_id_for_every_answer) {
  ResponseObject named({.id = "resp_given"});
  named.begin("chatcmpl-1", "m", 5);
  EXPECT_EQ(named.id(), "resp_given");
  ResponseObject derived({});
  derived.begin("chatcmpl-1/x", "m", 5);
  EXPECT_EQ(derived.id(), "resp_chatcmpl-1_x");
  ResponseObject nothing({});
  nothing.begin("", "gpt 5", 7);
  EXPECT_EQ(nothing.id(), "resp_gpt_5_7");
}

TEST(responses_answer_encode, searches_are_tool_usage) {
  chat::Answer answer = foreign({});
  answer.usage = base::Usage{.input = 1, .output = 1, .web_searches = 3};
  EXPECT_THAT(encode_answer(answer, {}), HasSubstr(R"("web_search":{"num_requests":3})"));
  EXPECT_THAT(encode_answer(answer, {}), HasSubstr(R"("output":[])"));
}

}  // namespace
}  // namespace headgate::llm::responses
