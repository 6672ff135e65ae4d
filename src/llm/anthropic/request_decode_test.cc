#include "llm/anthropic/request_decode.h"

#include <gtest/gtest.h>

#include <string>

#include "llm/anthropic/blocks.h"

namespace headgate::llm::anthropic {
namespace {

using base::Errc;
using chat::Role;

chat::Request read(std::string_view body, std::string_view version = "2023-06-01") {
  auto request = decode_request(body, {.api_version = version});
  EXPECT_TRUE(request) << request.error().detail;
  return request ? *std::move(request) : chat::Request{};
}

// A request whose only message has this content.
std::string asking(std::string_view content, std::string_view role = "user") {
  return R"({"model":"m","max_tokens":1,"messages":[{"content":)" + std::string(content) +
         R"(,"role":")" + std::string(role) + R"("}]})";
}

chat::Part only_part(std::string_view block, std::string_view role = "user") {
  const chat::Request request = read(asking("[" + std::string(block) + "]", role));
  if (request.messages.size() != 1 || request.messages[0].parts.size() != 1) {
    ADD_FAILURE() << block;
    return {};
  }
  return request.messages[0].parts[0];
}

TEST(anthropic_decode, instructions_come_first_wherever_they_stand) {
  const auto request = read(
      R"({"model":"m","max_tokens":1,"messages":[{"role":"user","content":"a"},
          {"role":"system","content":"c"}],"system":[{"type":"text","text":"b"}]})");
  ASSERT_EQ(request.messages.size(), 3U);
  EXPECT_EQ(request.messages[0].role, Role::system);
  EXPECT_EQ(request.messages[0].parts[0].as<chat::Text>()->text, "b");
  EXPECT_EQ(request.messages[1].role, Role::user);
  EXPECT_EQ(request.messages[2].role, Role::system);
  EXPECT_EQ(read(R"({"model":"m","max_tokens":1,"system":"s","messages":[
      {"role":"user","content":"a"}]})")
                .messages[0]
                .parts[0]
                .as<chat::Text>()
                ->text,
            "s");
}

TEST(anthropic_decode, tool_results_become_messages_of_their_own_and_know_their_tool) {
  const auto request = read(
      R"({"model":"m","max_tokens":1,"messages":[{"role":"assistant","content":[
          {"input":{ "n": 1.50 },"type":"tool_use","id":"a","name":"f","caller":{"type":"direct"}},
          {"type":"tool_use","id":"b","name":"g"}]},
          {"role":"user","content":[
            {"type":"tool_result","tool_use_id":"b","content":"plain","is_error":true},
            {"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"x"},
              {"type":"image","source":{"type":"base64","media_type":"image/png","data":"QQ=="}},
              {"type":"tool_reference","tool_name":"t"}],"cache_control":{"type":"ephemeral"}},
            {"type":"tool_result","tool_use_id":"zzz"},
            {"type":"text","text":"and now?"}]}]})");
  ASSERT_EQ(request.messages.size(), 3U);
  const auto& call = *request.messages[0].parts[0].as<chat::ToolCall>();
  EXPECT_EQ(call.arguments, R"({ "n": 1.50 })");
  EXPECT_EQ(request.messages[0].parts[0].extras[0].json, R"({"type":"direct"})");
  EXPECT_EQ(request.messages[0].parts[1].as<chat::ToolCall>()->arguments, "{}");
  ASSERT_EQ(request.messages[1].role, Role::tool);
  const auto& results = request.messages[1].parts;
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0].as<chat::ToolResult>()->name, "g");
  EXPECT_TRUE(results[0].as<chat::ToolResult>()->is_error);
  const auto& content = results[1].as<chat::ToolResult>()->content;
  EXPECT_EQ(results[1].as<chat::ToolResult>()->name, "f");
  EXPECT_TRUE(results[1].cache);
  ASSERT_EQ(content.size(), 3U);
  EXPECT_EQ(content[1].as<chat::Media>()->data, "QQ==");
  EXPECT_EQ(content[2].as<chat::Opaque>()->type, "tool_reference");
  EXPECT_EQ(results[2].as<chat::ToolResult>()->name, "");
  EXPECT_EQ(request.messages[2].role, Role::user);
}

TEST(anthropic_decode, blocks_with_their_members_in_any_order) {
  EXPECT_EQ(only_part(R"({"text":"a","citations":[],"type":"text"})"), chat::text_part("a"));
  const auto cited = only_part(R"({"type":"text","citations":[ {"cited_text":"c"}],"text":"a"})");
  EXPECT_EQ(cited.as<chat::Text>()->annotations, R"([ {"cited_text":"c"}])");
  const auto image = only_part(R"({"type":"image","source":{"url":"https://x/y","type":"url"}})");
  EXPECT_EQ(image.as<chat::Media>()->url, "https://x/y");
  const auto sniffed =
      only_part(R"({"type":"image","source":{"type":"base64","data":"iVBORw0KGgoAA"}})");
  EXPECT_EQ(sniffed.as<chat::Media>()->mime, "image/png");
  const auto text = only_part(R"({"type":"document","title":"t","context":"c","source":
      {"type":"text","media_type":"text/plain","data":"h\u00e9"}})");
  EXPECT_EQ(text.as<chat::Media>()->data, "aMOp");
  EXPECT_EQ(text.as<chat::Media>()->filename, "t");
  EXPECT_EQ(text.extras[0].name, "context");
  const auto blocks = only_part(R"({"type":"document","source":{"type":"content","content":"x"},
      "cache_control":{"type":"ephemeral","ttl":"1h"}})");
  EXPECT_EQ(blocks.as<chat::Opaque>()->type, "document");
  EXPECT_EQ(blocks.cache->ttl, "1h");
  const auto search = only_part(R"({"type":"server_tool_use","id":"s","name":"web_search",
      "input":{}})",
                                "assistant");
  EXPECT_TRUE(search.as<chat::Opaque>()->json.starts_with(R"({"type":"server_tool_use")"));
  const auto thoughts =
      only_part(R"({"type":"thinking","thinking":"t","signature":"s"})", "assistant");
  EXPECT_EQ(thoughts.as<chat::Reasoning>()->signature,
            (chat::Signature{chat::Dialect::anthropic, "s"}));
  const auto redacted = only_part(R"({"type":"redacted_thinking","data":"d"})", "assistant");
  EXPECT_TRUE(redacted.as<chat::Reasoning>()->redacted);
  EXPECT_EQ(redacted.as<chat::Reasoning>()->signature.value, "d");
}

TEST(anthropic_decode, thoughts_of_other_providers_come_back_as_theirs) {
  const auto part = only_part(
      R"({"type":"thinking","thinking":"t","signature":"headgate.gemini.-..c2ln"})", "assistant");
  EXPECT_EQ(part.as<chat::Reasoning>()->signature,
            (chat::Signature{chat::Dialect::gemini, "c2ln"}));
}

TEST(anthropic_decode, cache_marks_with_more_than_we_know_stay_whole) {
  const auto part = only_part(
      R"({"type":"text","text":"a","cache_control":{"type":"ephemeral","scope":"global"}})");
  EXPECT_TRUE(part.cache);
  ASSERT_EQ(part.extras.size(), 1U);
  EXPECT_EQ(part.extras[0].json, R"({"type":"ephemeral","scope":"global"})");
}

TEST(anthropic_decode, parameters) {
  const auto request = read(
      R"({"model":"m","max_tokens":0,"stream":true,"messages":[{"role":"user","content":"a"}],
          "temperature":0.70,"top_p":9e-1,"top_k":40,"stop_sequences":["a\n","b"],
          "metadata":{"user_id":"u","x":1},"service_tier":"standard_only",
          "cache_control":{"type":"ephemeral","ttl":"5m"},
          "thinking":{"type":"enabled","budget_tokens":2048,"display":"omitted"},
          "output_config":{"effort":"xhigh","format":{"type":"json_schema","schema":{"a": 1}}},
          "tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"strict":true,
                    "eager_input_streaming":true,"cache_control":{"type":"ephemeral"}},
                   {"type":"web_search_20250305","name":"web_search","max_uses":3}],
          "tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true},
          "speed":"fast","container":null,"mcp_servers":[ 1 ]})");
  EXPECT_TRUE(request.stream);
  EXPECT_EQ(request.output_tokens_max, 0);
  EXPECT_EQ(request.temperature, "0.70");
  EXPECT_EQ(request.top_p, "9e-1");
  EXPECT_EQ(request.top_k, "40");
  EXPECT_EQ(request.stop, (std::vector<std::string>{"a\n", "b"}));
  EXPECT_EQ(request.user, "u");
  EXPECT_EQ(request.service_tier, "standard_only");
  EXPECT_EQ(request.cache->ttl, "5m");
  EXPECT_EQ(request.reasoning->mode, "enabled");
  EXPECT_EQ(request.reasoning->budget_tokens, 2048);
  EXPECT_EQ(request.reasoning->show, false);
  EXPECT_EQ(request.reasoning->effort, "xhigh");
  EXPECT_EQ(request.format->schema, R"({"a": 1})");
  ASSERT_EQ(request.tools.size(), 2U);
  EXPECT_EQ(request.tools[0].strict, true);
  EXPECT_EQ(request.tools[0].extras[0].name, "eager_input_streaming");
  EXPECT_TRUE(request.tools[0].cache);
  EXPECT_EQ(request.tools[1].kind, chat::ToolKind::builtin);
  EXPECT_EQ(request.tools[1].name, "web_search_20250305");
  EXPECT_EQ(request.tool_choice->mode, chat::ToolMode::named);
  EXPECT_EQ(request.tool_choice->names, std::vector<std::string>{"f"});
  EXPECT_EQ(request.parallel_tool_calls, false);
  EXPECT_EQ(request.extras, (chat::Extras{{"metadata.x", "1"},
                                          {"speed", "\"fast\""},
                                          {"container", "null"},
                                          {"mcp_servers", "[ 1 ]"}}));
}

TEST(anthropic_decode, counting_needs_no_limit) {
  const std::string_view body = R"({"model":"m","messages":[{"role":"user","content":"a"}]})";
  EXPECT_EQ(decode_request(body, {}).error().param, "max_tokens");
  EXPECT_TRUE(decode_count_request(body, {}));
}

struct Rejected {
  std::string body;
  Errc code = Errc::invalid_request;
  std::string_view param;
  std::string_view detail;
  std::string_view version = "2023-06-01";
};

class AnthropicDecodeRejects : public testing::TestWithParam<Rejected> {};

TEST_P(AnthropicDecodeRejects, with_param_and_message) {
  const auto request = decode_request(GetParam().body, {.api_version = GetParam().version});
  ASSERT_TRUE(request.has_error()) << GetParam().body;
  EXPECT_EQ(request.error().code, GetParam().code);
  EXPECT_EQ(request.error().param, GetParam().param);
  EXPECT_EQ(request.error().detail, GetParam().detail);
}

std::string with(std::string_view member) {
  return R"({"model":"m","max_tokens":1,"messages":[{"role":"user","content":"a"}],)" +
         std::string(member) + "}";
}

constexpr auto kBad = Errc::invalid_request;

INSTANTIATE_TEST_SUITE_P(
    bodies, AnthropicDecodeRejects,
    testing::Values(
        Rejected{"{", Errc::invalid_json, "",
                 "The request body is not valid JSON: invalid JSON at byte 1: expected a member "
                 "name"},
        Rejected{"[1]", kBad, "", "The request body should be an object"},
        Rejected{R"({"max_tokens":1,"messages":[{"role":"user","content":"a"}]})", kBad, "model",
                 "model: Field required"},
        Rejected{R"({"model":"m","max_tokens":1})", kBad, "messages",
                 "messages: at least one message is required"},
        Rejected{R"({"model":"m","max_tokens":1,"messages":[]})", kBad, "messages",
                 "messages: at least one message is required"},
        Rejected{R"({"model":7,"max_tokens":1})", kBad, "model",
                 "model: Input should be a valid string"},
        Rejected{with(R"("max_tokens":2)"), kBad, "max_tokens",
                 "max_tokens: Field appears more than once"},
        Rejected{with(R"("stream":1)"), kBad, "stream", "stream: Input should be a valid boolean"},
        Rejected{with(R"("temperature":"hot")"), kBad, "temperature",
                 "temperature: Input should be a valid number"},
        Rejected{with(R"("stop_sequences":["a",1])"), kBad, "stop_sequences[1]",
                 "stop_sequences.1: Input should be a valid string"},
        Rejected{with(R"("metadata":{"user_id":5})"), kBad, "metadata.user_id",
                 "metadata.user_id: Input should be a valid string"},
        Rejected{with(R"("system":5)"), kBad, "system",
                 "system: Input should be a valid string or list"},
        Rejected{with(R"("thinking":{"budget_tokens":1})"), kBad, "thinking.type",
                 "thinking.type: Field required"},
        Rejected{with(R"("thinking":{"type":"enabled","budget_tokens":1.5})"), kBad,
                 "thinking.budget_tokens",
                 "thinking.budget_tokens: Input should be a valid integer"},
        Rejected{with(R"("output_config":{"format":{"type":"xml"}})"), kBad,
                 "output_config.format.type",
                 "output_config.format.type: Input should be 'json_schema'"},
        Rejected{with(R"("tools":[{"name":"f"}])"), kBad, "tools[0].input_schema",
                 "tools.0.input_schema: Field required"},
        Rejected{with(R"("tools":[{"type":"web_search_20250305"},[]])"), kBad, "tools[1]",
                 "tools.1: Input should be an object"},
        Rejected{with(R"("tool_choice":{"type":"some"})"), kBad, "tool_choice.type",
                 "tool_choice.type: Input tag 'some' is none of the expected tags"}));

INSTANTIATE_TEST_SUITE_P(
    messages, AnthropicDecodeRejects,
    testing::Values(
        Rejected{asking("\"a\"", "tool"), kBad, "messages[0].role",
                 "messages.0.role: Input should be 'user', 'assistant' or 'system'"},
        Rejected{asking("7"), kBad, "messages[0].content",
                 "messages.0.content: Input should be a valid string or list"},
        Rejected{asking("null"), kBad, "messages[0].content", "messages.0.content: Field required"},
        Rejected{asking(R"([{"text":"a"}])"), kBad, "messages[0].content[0].type",
                 "messages.0.content.0.type: Field required"},
        Rejected{asking(R"(["a"])"), kBad, "messages[0].content[0]",
                 "messages.0.content.0: Input should be an object"},
        Rejected{asking(R"([{"type":"text","text":"a"},{"type":"text"}])"), kBad,
                 "messages[0].content[1].text", "messages.0.content.1.text: Field required"},
        Rejected{asking(R"([{"type":"image","source":{"type":"url"}}])"), kBad,
                 "messages[0].content[0].source.url",
                 "messages.0.content.0.source.url: Field required"},
        Rejected{asking(R"([{"type":"tool_use","id":"a","name":"f","input":"{}"}])", "assistant"),
                 kBad, "messages[0].content[0].input",
                 "messages.0.content.0.input: Input should be an object"},
        Rejected{
            asking(R"([{"type":"tool_result","tool_use_id":"a","content":[
                 {"type":"text","text":"a"},{"type":"thinking"}]}])"),
            kBad, "messages[0].content[0].content[1].type",
            "messages.0.content.0.content.1.type: Input tag 'thinking' is not expected here"}));

INSTANTIATE_TEST_SUITE_P(
    version_2026, AnthropicDecodeRejects,
    testing::Values(
        Rejected{with(R"("temperature":1.0)"), kBad, "temperature",
                 "temperature: Extra inputs are not permitted", kVersion2026},
        Rejected{with(R"("top_p":null)"), kBad, "top_p", "top_p: Extra inputs are not permitted",
                 kVersion2026},
        Rejected{with(R"("top_k":40)"), kBad, "top_k", "top_k: Extra inputs are not permitted",
                 "2027-01-01"},
        Rejected{asking(R"([{"type":"text","text":"a","citations":[{"cited_text":"c"}]}])"), kBad,
                 "messages[0].content[0].citations",
                 "messages.0.content.0.citations: Citations are not permitted in user messages",
                 kVersion2026},
        Rejected{asking(R"([{"type":"search_result","source":"s","title":"t","content":
                 [{"type":"text","text":"a","citations":[{"cited_text":"c"}]}]}])"),
                 kBad, "messages[0].content[0].content",
                 "messages.0.content.0.content: Citations are not permitted in user messages",
                 kVersion2026},
        Rejected{asking(R"([{"type":"document","source":{"type":"url","url":"https://x"}}])",
                        "assistant"),
                 kBad, "messages[0].content[0].type",
                 "messages.0.content.0.type: Document blocks are not permitted in assistant "
                 "messages",
                 kVersion2026}));

TEST(anthropic_decode, the_old_version_takes_what_the_new_one_refuses) {
  EXPECT_EQ(read(with(R"("temperature":1.0,"top_p":null)")).temperature, "1.0");
  read(asking(R"([{"type":"text","text":"a","citations":[{"cited_text":"c"}]}])"));
  read(asking(R"([{"type":"document","source":{"type":"url","url":"https://x"}}])", "assistant"));
  // And the new one takes citations where they belong, and empty ones.
  read(asking(R"([{"type":"text","text":"a","citations":[{"cited_text":"c"}]}])", "assistant"),
       kVersion2026);
  read(asking(R"([{"type":"text","text":"a","citations":[ ]}])"), kVersion2026);
}

TEST(anthropic_decode, limits) {
  const std::string body =
      R"({"model":"m","max_tokens":1,"tools":[{"type":"a_1"},{"type":"a_2"}],"messages":[
          {"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"a"}]},
          {"role":"assistant","content":"b"}]})";
  const auto param = [&](const chat::Limits& limits) {
    const auto request = decode_request(body, {}, limits);
    return request ? std::string("-") : request.error().param;
  };
  EXPECT_EQ(param({}), "-");
  EXPECT_EQ(param({.messages_max = 1}), "messages");
  EXPECT_EQ(param({.parts_max = 1}), "messages[0].content");
  EXPECT_EQ(param({.tools_max = 1}), "tools");
  EXPECT_EQ(decode_request(body, {}, {.depth_max = 4}).error().code, Errc::invalid_json);
}

}  // namespace
}  // namespace headgate::llm::anthropic
