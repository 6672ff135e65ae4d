#include "lab/openai/chat_request.h"

#include <gtest/gtest.h>

#include <ostream>

namespace headgate::lab::openai {
namespace {

struct Refused {
  std::string name;
  std::string body;
  std::string param;
  std::string code;
  std::string says;  // part of the message
};
std::ostream& operator<<(std::ostream& out, const Refused& refused) { return out << refused.name; }

/// A valid request with `members` added.
std::string with(const std::string& members) {
  return R"({"model":"m","messages":[{"role":"user","content":"hi"}],)" + members + "}";
}
std::string talk(const std::string& messages) {
  return R"({"model":"m","messages":[)" + messages + "]}";
}

const std::string kCall =
    R"({"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",)"
    R"("function":{"name":"f","arguments":"{}"}}]})";
const std::string kTools = R"("tools":[{"type":"function","function":{"name":"f"}}])";

std::string name_of(const testing::TestParamInfo<Refused>& test) { return test.param.name; }

class RefusedRequest : public testing::TestWithParam<Refused> {};

TEST_P(RefusedRequest, GetsTheProvidersError) {
  const auto result = read_chat_request(GetParam().body);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().status, 400);
  EXPECT_EQ(result.error().type, "invalid_request_error");
  EXPECT_EQ(result.error().param, GetParam().param);
  EXPECT_EQ(result.error().code, GetParam().code);
  EXPECT_NE(result.error().message.find(GetParam().says), std::string::npos)
      << result.error().message;
}

const Refused kTopLevel[] = {
    {"not_json", "{", "", "", "could not parse"},
    {"array", "[]", "", "", "could not parse"},
    {"too_deep", std::string(200, '[') + std::string(200, ']'), "", "", "could not parse"},
    {"bad_utf8", talk("{\"role\":\"user\",\"content\":\"\xff\"}"), "", "", "could not parse"},
    {"no_model", R"({"messages":[]})", "", "", "must provide a model"},
    {"model_null", R"({"model":null,"messages":[]})", "", "", "must provide a model"},
    {"model_number", R"({"model":4,"messages":[]})", "model", "invalid_type", "got an integer"},
    {"no_messages", R"({"model":"m"})", "messages", "missing_required_parameter", "'messages'"},
    {"messages_text", R"({"model":"m","messages":"hi"})", "messages", "invalid_type", "array"},
    {"messages_empty", talk(""), "messages", "empty_array", "minimum length 1"},
    {"unknown", with(R"("temprature":1)"), "", "", "argument supplied: temprature"},
    {"hot", with(R"("temperature":2.1)"), "temperature", "decimal_above_max_value", "<= 2"},
    {"cold", with(R"("temperature":-1)"), "temperature", "decimal_below_min_value", ">= 0"},
    {"temperature_text", with(R"("temperature":"1")"), "temperature", "invalid_type", "decimal"},
    {"n_zero", with(R"("n":0)"), "n", "integer_below_min_value", ">= 1"},
    {"n_many", with(R"("n":129)"), "n", "integer_above_max_value", "<= 128"},
    {"n_half", with(R"("n":1.5)"), "n", "invalid_type", "integer"},
    {"max_zero", with(R"("max_tokens":0)"), "max_tokens", "integer_below_min_value", ">= 1"},
    {"max_both", with(R"("max_tokens":1,"max_completion_tokens":1)"), "max_tokens",
     "invalid_parameter_combination", "at the same time"},
    {"stream_text", with(R"("stream":"yes")"), "stream", "invalid_type", "boolean"},
    {"options_alone", with(R"("stream_options":{"include_usage":true})"), "stream_options", "",
     "only allowed when 'stream'"},
    {"options_unknown", with(R"("stream":true,"stream_options":{"usage":true})"),
     "stream_options.usage", "unknown_parameter", "stream_options.usage"},
    {"options_type", with(R"("stream":true,"stream_options":{"include_usage":1})"),
     "stream_options.include_usage", "invalid_type", "boolean"},
    {"effort", with(R"("reasoning_effort":"huge")"), "reasoning_effort", "invalid_value", "'low'"},
    {"stop_many", with(R"("stop":["1","2","3","4","5"])"), "stop", "array_above_max_length", "4"},
    {"stop_number", with(R"("stop":["1",2])"), "stop[1]", "invalid_type", "string"},
    {"logprobs", with(R"("top_logprobs":3)"), "top_logprobs", "", "'logprobs' is enabled"},
    {"format_text", with(R"("response_format":"json")"), "response_format", "invalid_type",
     "object"},
    {"format_kind", with(R"("response_format":{"type":"xml"})"), "response_format.type",
     "invalid_value", "'xml'"},
    {"format_no_word", with(R"("response_format":{"type":"json_object"})"), "messages", "",
     "the word 'json'"},
    {"schema_missing", with(R"("response_format":{"type":"json_schema"})"),
     "response_format.json_schema", "missing_required_parameter", "json_schema"},
    {"schema_name",
     with(R"("response_format":{"type":"json_schema","json_schema":{"name":"a b"}})"),
     "response_format.json_schema.name", "invalid_value", "pattern"},
    {"schema_strict",
     with(R"("response_format":{"type":"json_schema","json_schema":{"name":"t","strict":true,)"
          R"("schema":{"type":"object","properties":{}}}})"),
     "response_format", "",
     "Invalid schema for response_format 't': In context=(), "
     "'additionalProperties' is required"},
};
INSTANTIATE_TEST_SUITE_P(TopLevel, RefusedRequest, testing::ValuesIn(kTopLevel), name_of);

const Refused kMessages[] = {
    {"not_object", talk("3"), "messages[0]", "invalid_type", "object"},
    {"no_role", talk(R"({"content":"x"})"), "messages[0].role", "missing_required_parameter", ""},
    {"bad_role", talk(R"({"role":"robot","content":"x"})"), "messages[0].role", "invalid_value",
     "'robot'"},
    {"no_content", talk(R"({"role":"user"})"), "messages[0].content", "", "got null"},
    {"content_number", talk(R"({"role":"user","content":1})"), "messages[0].content",
     "invalid_type", "array of objects"},
    {"no_parts", talk(R"({"role":"user","content":[]})"), "messages[0].content", "empty_array", ""},
    {"part_type", talk(R"({"role":"user","content":[{"type":"smell"}]})"),
     "messages[0].content[0].type", "invalid_value", "image_url"},
    {"system_image", talk(R"({"role":"system","content":[{"type":"image_url","image_url":{}}]})"),
     "messages[0].content[0].type", "invalid_value", "'text'"},
    {"lone_tool", talk(R"({"role":"tool","tool_call_id":"c1","content":"x"})"), "messages[0].role",
     "", "must be a response"},
    {"tool_no_id", talk(kCall + R"(,{"role":"tool","content":"x"})"), "messages[1].tool_call_id",
     "missing_required_parameter", ""},
    {"tool_other_id", talk(kCall + R"(,{"role":"tool","tool_call_id":"c9","content":"x"})"),
     "messages[1].tool_call_id", "", "not found"},
    {"unanswered", talk(kCall + R"(,{"role":"user","content":"x"})"), "messages[1].role", "",
     "did not have response messages: c1"},
    {"unanswered_at_end", talk(kCall), "messages[1].role", "", "c1"},
    {"call_no_id", talk(R"({"role":"assistant","tool_calls":[{"type":"function"}]})"),
     "messages[0].tool_calls[0].id", "missing_required_parameter", ""},
    {"calls_empty", talk(R"({"role":"assistant","tool_calls":[]})"), "messages[0].tool_calls",
     "empty_array", ""},
};
INSTANTIATE_TEST_SUITE_P(Messages, RefusedRequest, testing::ValuesIn(kMessages), name_of);

const Refused kToolCases[] = {
    {"tools_empty", with(R"("tools":[])"), "tools", "empty_array", ""},
    {"tool_type", with(R"("tools":[{"type":"hammer"}])"), "tools[0].type", "invalid_value", ""},
    {"tool_no_name", with(R"("tools":[{"type":"function","function":{}}])"),
     "tools[0].function.name", "missing_required_parameter", ""},
    {"tool_name", with(R"("tools":[{"type":"function","function":{"name":"a.b"}}])"),
     "tools[0].function.name", "invalid_value", "pattern"},
    {"tool_strict",
     with(R"("tools":[{"type":"function","function":{"name":"f","strict":true,)"
          R"("parameters":{"type":"object","properties":{}}}}])"),
     "tools[0].function.parameters", "invalid_function_parameters",
     "Invalid schema for function 'f': In context=(), 'additionalProperties' is required"},
    {"choice_alone", with(R"("tool_choice":"auto")"), "tool_choice", "", "'tools' are specified"},
    {"parallel_alone", with(R"("parallel_tool_calls":true)"), "parallel_tool_calls", "",
     "'tools' are specified"},
    {"choice_word", with(kTools + R"(,"tool_choice":"maybe")"), "tool_choice", "invalid_value", ""},
    {"choice_other", with(kTools + R"(,"tool_choice":{"type":"function","function":{"name":"g"}})"),
     "tool_choice", "", "'g' not found"},
};
INSTANTIATE_TEST_SUITE_P(Tools, RefusedRequest, testing::ValuesIn(kToolCases), name_of);

TEST(ChatRequest, TakesWhatTheProviderTakes) {
  const auto result = read_chat_request(
      R"({"model":"m","messages":[{"role":"developer","content":"be kind"},)"
      R"({"role":"user","name":"ann","content":[{"type":"text","text":"one"},)"
      R"({"type":"text","text":"two"},{"type":"image_url","image_url":{"url":"data:,"}}]},)" +
      kCall +
      R"(,{"role":"tool","tool_call_id":"c1","content":"ok"}],)"
      R"("stream":true,"stream_options":{"include_usage":true},"temperature":null,"n":2,)"
      R"("max_completion_tokens":50,"stop":["END"],"user":"u","metadata":{"a":"b"},)" +
      kTools + R"(,"tool_choice":"required","parallel_tool_calls":false})");
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result->prompt.messages.size(), 4U);
  EXPECT_EQ(result->prompt.messages[1].text, "one\ntwo");
  EXPECT_TRUE(result->prompt.stream);
  EXPECT_TRUE(result->include_usage);
  EXPECT_EQ(result->prompt.choices, 2);
  EXPECT_EQ(result->prompt.tokens_max, 50);
  EXPECT_EQ(result->prompt.stop, std::vector<std::string>{"END"});
  EXPECT_EQ(result->prompt.tool_choice, ToolChoice::required);
  EXPECT_FALSE(result->prompt.parallel_tool_calls);
}

TEST(ChatRequest, CountsThePrompt) {
  const auto plain = read_chat_request(talk(R"({"role":"user","content":"hi there"})"));
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->prompt.tokens, 3 + 3 + 2);
  const auto named =
      read_chat_request(talk(R"({"role":"user","content":"hi there","name":"ann"})"));
  ASSERT_TRUE(named.has_value());
  EXPECT_EQ(named->prompt.tokens, plain->prompt.tokens + 2);
}

}  // namespace
}  // namespace headgate::lab::openai
