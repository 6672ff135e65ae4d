#include "llm/responses/request_decode.h"

#include <gtest/gtest.h>

namespace headgate::llm::responses {
namespace {

using base::Errc;
using chat::Dialect;
using chat::Part;
using chat::Role;

chat::Request decode(std::string_view body) {
  auto request = decode_request(body, {});
  EXPECT_TRUE(request.has_value()) << (request ? "" : request.error().detail);
  return request ? *std::move(request) : chat::Request{};
}

std::vector<chat::Message> items(std::string_view json) {
  auto messages = decode_items(json);
  EXPECT_TRUE(messages.has_value()) << (messages ? "" : messages.error().detail);
  return messages ? *std::move(messages) : std::vector<chat::Message>{};
}

TEST(responses_request_decode, instructions_and_a_string) {
  const chat::Request request = decode(R"({"input":"hi","model":"m","instructions":"be brief"})");
  ASSERT_EQ(request.messages.size(), 2U);
  EXPECT_EQ(request.messages[0].role, Role::system);
  EXPECT_EQ(request.messages[0].parts[0], chat::text_part("be brief"));
  EXPECT_EQ(request.messages[1].role, Role::user);
  EXPECT_EQ(request.messages[1].parts[0], chat::text_part("hi"));
  EXPECT_EQ(request.origin, Dialect::openai_responses);
}

TEST(responses_request_decode, every_scalar) {
  const chat::Request request =
      decode(R"({"model":"m","input":"x","temperature":0.70,"top_p":1e-1,"max_output_tokens":50,)"
             R"("top_logprobs":3,"parallel_tool_calls":false,"store":false,"service_tier":"flex",)"
             R"("previous_response_id":"resp_1","prompt_cache_key":"k","metadata":{"a": "b"},)"
             R"("safety_identifier":"s","user":"u","stream":true,)"
             R"("include":["message.output_text.logprobs","reasoning.encrypted_content"]})");
  EXPECT_EQ(request.temperature, "0.70");
  EXPECT_EQ(request.top_p, "1e-1");
  EXPECT_EQ(request.output_tokens_max, 50);
  EXPECT_EQ(request.top_logprobs, 3);
  EXPECT_EQ(request.parallel_tool_calls, false);
  EXPECT_EQ(request.store, false);
  EXPECT_EQ(request.service_tier, "flex");
  EXPECT_EQ(request.previous_response_id, "resp_1");
  EXPECT_EQ(request.cache_key, "k");
  EXPECT_EQ(request.metadata, R"({"a": "b"})");
  EXPECT_EQ(request.user, "s");
  EXPECT_TRUE(request.stream);
  EXPECT_EQ(request.logprobs, true);
  EXPECT_EQ(request.extras,
            (chat::Extras{{"include", R"(["reasoning.encrypted_content"])"}, {"user", "\"u\""}}));
}

TEST(responses_request_decode, text_and_reasoning) {
  const chat::Request request =
      decode(R"({"model":"m","input":"x","reasoning":{"effort":"xhigh","summary":"auto",)"
             R"("context":"auto"},)"
             R"("text":{"verbosity":"low","format":{"type":"json_schema","name":"n","strict":null,)"
             R"("schema":{"type": "object"},"description":"d"}}})");
  EXPECT_EQ(request.reasoning->effort, "xhigh");
  EXPECT_EQ(request.reasoning->summary, "auto");
  EXPECT_EQ(request.reasoning->show, true);
  EXPECT_EQ(*request.format, (chat::OutputFormat{chat::FormatKind::json_schema, "n", "d",
                                                 R"({"type": "object"})", std::nullopt}));
  EXPECT_EQ(request.extras,
            (chat::Extras{{"reasoning.context", "\"auto\""}, {"text.verbosity", "\"low\""}}));
}

TEST(responses_request_decode, tools) {
  const chat::Request request =
      decode(R"({"model":"m","input":"x","tools":[)"
             R"({"type":"function","name":"f","description":"d","parameters":{"a":1.0},)"
             R"("strict":true,"async":true},)"
             R"({"name":"g","parameters":null,"strict":null,"type":"function"},)"
             R"({"type":"custom","name":"c","format":{"type":"text"}},)"
             R"({"type":"mcp","server_label":"s"}]})");
  ASSERT_EQ(request.tools.size(), 4U);
  EXPECT_EQ(request.tools[0].schema, R"({"a":1.0})");
  EXPECT_EQ(request.tools[0].strict, true);
  EXPECT_EQ(request.tools[0].extras, (chat::Extras{{"async", "true"}}));
  EXPECT_TRUE(request.tools[1].schema.empty());
  EXPECT_FALSE(request.tools[1].strict);
  EXPECT_EQ(request.tools[2].kind, chat::ToolKind::custom);
  EXPECT_EQ(request.tools[2].format, R"({"type":"text"})");
  EXPECT_EQ(request.tools[3].kind, chat::ToolKind::builtin);
  EXPECT_EQ(request.tools[3].name, "mcp");
  EXPECT_EQ(request.tools[3].format, R"({"type":"mcp","server_label":"s"})");
}

TEST(responses_request_decode, tool_choices) {
  const auto choice = [](std::string_view json) {
    return decode(R"({"model":"m","input":"x","tool_choice":)" + std::string(json) + "}");
  };
  using chat::ToolChoice;
  using chat::ToolMode;
  EXPECT_EQ(choice("\"auto\"").tool_choice, (ToolChoice{ToolMode::automatic, {}, false, false}));
  EXPECT_EQ(choice("\"none\"").tool_choice->mode, ToolMode::none);
  EXPECT_EQ(choice("\"required\"").tool_choice->mode, ToolMode::required);
  EXPECT_FALSE(choice("null").tool_choice);
  EXPECT_EQ(choice(R"({"type":"function","name":"f"})").tool_choice,
            (ToolChoice{ToolMode::named, {"f"}, false, false}));
  EXPECT_EQ(choice(R"({"name":"c","type":"custom"})").tool_choice,
            (ToolChoice{ToolMode::named, {"c"}, false, true}));
  EXPECT_EQ(choice(R"({"type":"allowed_tools","mode":"required","tools":[{"type":"function",)"
                   R"("name":"f"},{"name":"g","type":"function"}]})")
                .tool_choice,
            (ToolChoice{ToolMode::allowed, {"f", "g"}, true, false}));
  for (const std::string_view hosted :
       {R"({"type":"mcp","server_label":"s"})", R"({"type":"file_search"})", R"({"type":"shell"})",
        R"({"type":"allowed_tools","mode":"auto","tools":[{"type":"mcp","server_label":"s"}]})"}) {
    const chat::Request request = choice(hosted);
    EXPECT_FALSE(request.tool_choice);
    EXPECT_EQ(request.extras, (chat::Extras{{"tool_choice", std::string(hosted)}}));
  }
}

TEST(responses_request_decode, content_parts) {
  const auto messages = items(
      R"([{"role":"user","content":[{"type":"input_text","text":"a","prompt_cache_breakpoint":)"
      R"({"mode":"explicit","ttl":"30m"}},)"
      R"({"type":"input_image","image_url":"data:image/png;base64,QUJD","detail":"high"},)"
      R"({"type":"input_image","image_url":"https://x/y","detail":"auto"},)"
      R"({"type":"input_image","file_id":"f"},)"
      R"({"type":"input_file","file_data":"data:application/pdf;base64,QUJD","filename":"a.pdf"},)"
      R"({"type":"input_file","file_url":"https://x/a.pdf"},)"
      R"({"type":"input_audio","input_audio":{"data":"QUJD","format":"wav"}},)"
      R"({"type":"input_hologram","x":1}]}])");
  ASSERT_EQ(messages.size(), 1U);
  const std::vector<Part>& parts = messages[0].parts;
  ASSERT_EQ(parts.size(), 8U);
  EXPECT_EQ(parts[0].cache, chat::CacheMark{"30m"});
  using chat::Media;
  using chat::MediaKind;
  EXPECT_EQ(*parts[1].as<Media>(), (Media{.mime = "image/png", .data = "QUJD", .detail = "high"}));
  EXPECT_EQ(*parts[2].as<Media>(), (Media{.url = "https://x/y"}));
  EXPECT_EQ(*parts[3].as<Media>(), (Media{.file_id = "f"}));
  EXPECT_EQ(*parts[4].as<Media>(), (Media{.kind = MediaKind::document,
                                          .mime = "application/pdf",
                                          .data = "QUJD",
                                          .filename = "a.pdf"}));
  EXPECT_EQ(*parts[5].as<Media>(), (Media{.kind = MediaKind::document, .url = "https://x/a.pdf"}));
  EXPECT_EQ(*parts[6].as<Media>(),
            (Media{.kind = MediaKind::audio, .mime = "audio/wav", .data = "QUJD"}));
  EXPECT_EQ(parts[7].as<chat::Opaque>()->type, "input_hologram");
  EXPECT_EQ(parts[7].as<chat::Opaque>()->json, R"({"type":"input_hologram","x":1})");
}

TEST(responses_request_decode, a_turn_is_one_message_and_its_results_another) {
  const auto messages =
      items(R"([{"type":"message","role":"user","content":"go"},)"
            R"({"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"s1"},)"
            R"({"type":"summary_text","text":"s2"}],"encrypted_content":"enc"},)"
            R"({"type":"message","id":"msg_1","role":"assistant","status":"completed",)"
            R"("phase":"commentary",)"
            R"("content":[{"type":"output_text","text":"so","annotations":[]}]},)"
            R"({"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{}",)"
            R"("status":"completed"},)"
            R"({"type":"custom_tool_call","call_id":"c2","name":"g","input":"x"},)"
            R"({"type":"function_call_output","call_id":"c1","output":"one"},)"
            R"({"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text",)"
            R"("text":"two"}]},)"
            R"({"role":"assistant","content":"done"},{"role":"assistant","content":"really"}])");
  ASSERT_EQ(messages.size(), 5U);
  const std::vector<Part>& turn = messages[1].parts;
  ASSERT_EQ(turn.size(), 5U);
  EXPECT_EQ(messages[1].role, Role::assistant);
  const auto* first = turn[0].as<chat::Reasoning>();
  const auto* second = turn[1].as<chat::Reasoning>();
  EXPECT_EQ(first->text, "s1");
  EXPECT_TRUE(first->is_summary && first->signature.empty());
  EXPECT_EQ(second->id, "rs_1");
  EXPECT_EQ(second->signature, (chat::Signature{Dialect::openai_responses, "enc"}));
  EXPECT_EQ(turn[2].item_id, "msg_1");
  EXPECT_EQ(turn[2].extras, (chat::Extras{{"message.phase", "\"commentary\""}}));
  EXPECT_EQ(turn[3].as<chat::ToolCall>()->id, "c1");
  EXPECT_EQ(turn[3].item_id, "fc_1");
  EXPECT_TRUE(turn[4].as<chat::ToolCall>()->custom);
  EXPECT_EQ(messages[2].role, Role::tool);
  ASSERT_EQ(messages[2].parts.size(), 2U);
  EXPECT_EQ(messages[2].parts[0].as<chat::ToolResult>()->name, "f");
  EXPECT_EQ(messages[2].parts[1].as<chat::ToolResult>()->name, "g");
  EXPECT_TRUE(messages[2].parts[1].as<chat::ToolResult>()->custom);
  EXPECT_EQ(messages[3].parts[0], chat::text_part("done"));
  EXPECT_EQ(messages[4].parts[0], chat::text_part("really"));
}

TEST(responses_request_decode, items_that_nobody_knows_are_kept_on_their_side) {
  const auto messages =
      items(R"([{"type":"web_search_call","id":"ws","status":"completed"},{"id":"ref"},)"
            R"({"type":"computer_call_output","call_id":"c"},{"type":"mcp_approval_response",)"
            R"("approve":true},)"
            R"({"type":"function_call_output","output":"of a program"},)"
            R"({"role":"assistant","content":[{"type":"novelty"}]}])");
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0].role, Role::assistant);
  EXPECT_EQ(messages[0].parts[0].as<chat::Opaque>()->type, "web_search_call");
  EXPECT_EQ(messages[0].parts[1].as<chat::Opaque>()->type, "item_reference");
  EXPECT_EQ(messages[1].role, Role::tool);
  EXPECT_EQ(messages[1].parts.size(), 3U);
  EXPECT_EQ(messages[1].parts[2].as<chat::Opaque>()->type, "function_call_output");
  EXPECT_EQ(messages[2].parts[0].as<chat::Opaque>()->type, "message");
}

TEST(responses_request_decode, signatures_of_other_providers_come_out_of_their_envelopes) {
  const auto messages = items(
      R"([{"type":"reasoning","id":"rs_hg_x_0","summary":[],)"
      R"("encrypted_content":"headgate:anthropic:sig"},)"
      R"({"type":"reasoning","summary":[],"encrypted_content":"headgate:anthropic/redacted:data"},)"
      R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}",)"
      R"("extra_content":{"google":{"thought_signature":"ts"}}}])");
  ASSERT_EQ(messages.size(), 1U);
  const auto& parts = messages[0].parts;
  EXPECT_EQ(parts[0].as<chat::Reasoning>()->signature,
            (chat::Signature{Dialect::anthropic, "sig"}));
  EXPECT_FALSE(parts[0].as<chat::Reasoning>()->redacted);
  EXPECT_TRUE(parts[1].as<chat::Reasoning>()->redacted);
  EXPECT_EQ(parts[1].as<chat::Reasoning>()->signature.value, "data");
  EXPECT_EQ(parts[2].as<chat::ToolCall>()->signature, (chat::Signature{Dialect::gemini, "ts"}));
  EXPECT_TRUE(parts[2].extras.empty());
}

TEST(responses_request_decode, mistakes_name_their_place) {
  struct Case {
    std::string_view members;
    std::string_view param;
  };
  const Case cases[] = {
      {R"("input":7)", "input"},
      {R"("input":[7])", "input[0]"},
      {R"("input":[{}])", "input[0].type"},
      {R"("input":[{"role":"robot","content":"x"}])", "input[0].role"},
      {R"("input":[{"role":"user"}])", "input[0].content"},
      {R"("input":[{"type":"message","content":"x"}])", "input[0].role"},
      {R"("input":[{"role":"user","content":7}])", "input[0].content"},
      {R"("input":["x",{"role":"user","content":[{"type":"input_text"}]}])", "input[0]"},
      {R"("input":[{"role":"user","content":[{"type":"input_text"}]}])",
       "input[0].content[0].text"},
      {R"("input":[{"role":"user","content":[{"text":"x"}]}])", "input[0].content[0].type"},
      {R"("input":[{"role":"user","content":[{"type":"input_text","text":"x"},7]}])",
       "input[0].content[1]"},
      {R"("input":[{"type":"function_call","name":"f"}])", "input[0].call_id"},
      {R"("input":[{"type":"function_call","call_id":"c"}])", "input[0].name"},
      {R"("input":[{"type":"function_call_output","call_id":"c","output":{}}])", "input[0].output"},
      {R"("input":[{"type":"reasoning","summary":[7]}])", "input[0].summary[0]"},
      {R"("input":"x","tools":{})", "tools"},
      {R"("input":"x","tools":[{"type":"function"}])", "tools[0].name"},
      {R"("input":"x","tools":[{"name":"f"}])", "tools[0].type"},
      {R"("input":"x","tool_choice":"any")", "tool_choice"},
      {R"("input":"x","text":7)", "text"},
      {R"("input":"x","text":{"format":{"type":"xml"}})", "text.format.type"},
      {R"("input":"x","text":{"format":{"type":"json_schema"}})", "text.format.schema"},
      {R"("input":"x","reasoning":7)", "reasoning"},
      {R"("input":"x","metadata":7)", "metadata"},
      {R"("input":"x","temperature":"hot")", "temperature"},
      {R"("x":1)", "input"}};
  for (const Case& test : cases) {
    const auto request = decode_request(R"({"model":"m",)" + std::string(test.members) + "}", {});
    ASSERT_FALSE(request.has_value()) << test.members;
    EXPECT_EQ(request.error().code, Errc::invalid_request) << test.members;
    EXPECT_EQ(request.error().param, test.param) << test.members;
  }
  EXPECT_EQ(decode_request(R"({"input":"x"})", {}).error().param, "model");
  EXPECT_EQ(decode_request(R"({"model":"m","input":)", {}).error().code, Errc::invalid_json);
}

TEST(responses_request_decode, an_input_is_not_needed_where_something_goes_on) {
  for (const std::string_view member :
       {R"("previous_response_id":"r")", R"("conversation":"c")", R"("prompt":{"id":"p"})"}) {
    EXPECT_TRUE(decode_request(R"({"model":"m",)" + std::string(member) + "}", {})) << member;
  }
}

TEST(responses_request_decode, has_limits) {
  const chat::Limits limits{.messages_max = 1, .parts_max = 1, .tools_max = 1};
  for (const std::string_view members :
       {R"("input":[{"id":"a"},{"id":"b"}])",
        R"("input":[{"role":"user","content":[{"type":"input_x"},{"type":"input_x"}]}])",
        R"("input":[{"type":"reasoning","summary":[{"text":"a"},{"text":"b"}]}])",
        R"("input":"x","tools":[{"type":"a"},{"type":"b"}])"}) {
    EXPECT_FALSE(decode_request(R"({"model":"m",)" + std::string(members) + "}", {}, limits))
        << members;
  }
}

}  // namespace
}  // namespace headgate::llm::responses
