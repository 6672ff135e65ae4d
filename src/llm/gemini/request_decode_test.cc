#include "llm/gemini/request_decode.h"

#include <gtest/gtest.h>

#include "llm/codecs.h"

namespace headgate::llm::gemini {
namespace {

using base::Errc;
using chat::Media;
using chat::MediaKind;
using chat::Opaque;
using chat::Reasoning;
using chat::Request;
using chat::Role;
using chat::Text;
using chat::ToolCall;
using chat::ToolMode;
using chat::ToolResult;

constexpr chat::Source kSource{.model = "gemini-3-flash", .stream = false};

Request decode(std::string_view body) {
  const auto request = decode_request(body, kSource, {});
  EXPECT_TRUE(request) << body << ": " << request.error().detail;
  return request ? *request : Request{};
}

// The parts of the one content of a request.
std::vector<chat::Part> parts_of(std::string_view parts, std::string_view role = "user") {
  const Request request = decode(R"({"contents":[{"role":")" + std::string(role) + R"(","parts":)" +
                                 std::string(parts) + "}]}");
  return request.messages.size() == 1 ? request.messages[0].parts : std::vector<chat::Part>{};
}

TEST(gemini_decode, a_whole_request) {
  const Request request = decode(
      R"({"systemInstruction":{"role":"user","parts":[{"text":"Be brief."}]},)"
      R"("contents":[{"role":"user","parts":[{"text":"hi"}]},)"
      R"({"role":"model","parts":[{"text":"Hello"}]},{"parts":[{"text":"more"}]}],)"
      R"("tools":[{"functionDeclarations":[{"name":"f","description":"d","parameters":)"
      R"({"type":"OBJECT","properties":{"x":{"type":"STRING","nullable":true}}}},)"
      R"({"name":"g","parametersJsonSchema":{"type":"object","pattern":"p"}},{"name":"h"}],)"
      R"("googleSearch":{"a":1.0}},{"codeExecution":{}}],)"
      R"("toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},)"
      R"("generationConfig":{"temperature":0.70,"topP":1,"topK":40,"candidateCount":2,)"
      R"("maxOutputTokens":100,"stopSequences":["a","b"],"presencePenalty":-0.1,)"
      R"("frequencyPenalty":0.2,"seed":7,"responseLogprobs":true,"logprobs":3,)"
      R"("responseMimeType":"application/json","responseSchema":{"type":"ARRAY","minItems":"2"},)"
      R"("thinkingConfig":{"includeThoughts":true,"thinkingLevel":"LOW"},)"
      R"("speechConfig":{"voice":1.50}},"safetySettings":[{"category":"C"}],)"
      R"("cachedContent":"cachedContents/x","labels":{"team":"a"},"serviceTier":"flex",)"
      R"("store":false,"continuationToken":"t","somethingNew":[1.0]})");
  EXPECT_EQ(request.origin, chat::Dialect::gemini);
  EXPECT_EQ(request.model, "gemini-3-flash");
  ASSERT_EQ(request.messages.size(), 4U);
  EXPECT_EQ(request.messages[0].role, Role::system);
  EXPECT_EQ(request.messages[1].role, Role::user);
  EXPECT_EQ(request.messages[2].role, Role::assistant);
  EXPECT_EQ(request.messages[3].role, Role::user);
  EXPECT_EQ(request.messages[3].parts, std::vector{chat::text_part("more")});
  ASSERT_EQ(request.tools.size(), 5U);
  EXPECT_EQ(request.tools[0].schema,
            R"({"type":"object","properties":{"x":{"type":["string","null"]}}})");
  EXPECT_EQ(request.tools[1].schema, R"({"type":"object","pattern":"p"})");
  EXPECT_EQ(request.tools[2].schema, "");
  EXPECT_EQ(request.tools[3].name, "googleSearch");
  EXPECT_EQ(request.tools[3].format, R"({"googleSearch":{"a":1.0}})");
  EXPECT_EQ(request.tools[4].kind, chat::ToolKind::builtin);
  EXPECT_EQ(request.tool_choice, (chat::ToolChoice{ToolMode::named, {"f"}}));
  EXPECT_EQ(request.temperature, "0.70");
  EXPECT_EQ(request.top_p, "1");
  EXPECT_EQ(request.top_k, "40");
  EXPECT_EQ(request.candidates, 2);
  EXPECT_EQ(request.output_tokens_max, 100);
  EXPECT_EQ(request.stop, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(request.presence_penalty, "-0.1");
  EXPECT_EQ(request.frequency_penalty, "0.2");
  EXPECT_EQ(request.seed, "7");
  EXPECT_EQ(request.logprobs, true);
  EXPECT_EQ(request.top_logprobs, 3);
  EXPECT_EQ(request.format->kind, chat::FormatKind::json_schema);
  EXPECT_EQ(request.format->schema, R"({"type":"array","minItems":2})");
  EXPECT_EQ(request.reasoning->show, true);
  EXPECT_EQ(request.reasoning->effort, "low");
  EXPECT_EQ(request.metadata, R"({"team":"a"})");
  EXPECT_EQ(request.service_tier, "flex");
  EXPECT_EQ(request.store, false);
  EXPECT_EQ(request.extras, (chat::Extras{{"generationConfig.speechConfig", R"({"voice":1.50})"},
                                          {"safetySettings", R"([{"category":"C"}])"},
                                          {"cachedContent", "\"cachedContents/x\""},
                                          {"continuationToken", "\"t\""},
                                          {"somethingNew", "[1.0]"}}));
}

TEST(gemini_decode, snake_case_and_short_forms) {
  const Request request = decode(
      R"({"system_instruction":"Be brief.","contents":{"parts":{"inline_data":)"
      R"({"mime_type":"image/png","data":"QUJD"}}},"generation_config":{"max_output_tokens":"9",)"
      R"("stop_sequences":"x","thinking_config":{"thinking_budget":0,"include_thoughts":null}},)"
      R"("tools":{"function_declarations":{"name":"f"},"google_search":{}},)"
      R"("tool_config":{"function_calling_config":{"mode":"auto"}},"safety_settings":[]})");
  ASSERT_EQ(request.messages.size(), 2U);
  EXPECT_EQ(request.messages[0].parts, std::vector{chat::text_part("Be brief.")});
  EXPECT_EQ(request.messages[1].parts[0].as<Media>()->mime, "image/png");
  EXPECT_EQ(request.output_tokens_max, 9);
  EXPECT_EQ(request.stop, std::vector<std::string>{"x"});
  EXPECT_EQ(request.reasoning->budget_tokens, 0);
  EXPECT_FALSE(request.reasoning->show);
  ASSERT_EQ(request.tools.size(), 2U);
  EXPECT_EQ(request.tools[1].format, R"({"googleSearch":{}})");
  EXPECT_EQ(request.tool_choice, chat::ToolChoice{});
  EXPECT_EQ(request.extras, (chat::Extras{{"safetySettings", "[]"}}));
}

TEST(gemini_decode, parts) {
  const auto parts = parts_of(
      R"([{"text":"a"},{"inlineData":{"mimeType":"audio/wav","data":"QUJD","displayName":"n"}},)"
      R"({"fileData":{"mimeType":"application/pdf","fileUri":"https://x.org/a.pdf"},)"
      R"("videoMetadata":{"fps":2.0}},)"
      R"({"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/a"}},)"
      R"({"file_data":{"file_uri":"gs://bucket/a","mime_type":"video/mp4","new":1}},)"
      R"({"executableCode":{"code":"1"},"thoughtSignature":"s"},{"newKind":{}},)"
      R"({"inlineData":{"mimeType":"image/png","data":""},"thought":true},)"
      R"({"text":"b","somethingNew":[]}])");
  ASSERT_EQ(parts.size(), 9U);
  const auto* audio = parts[1].as<Media>();
  EXPECT_EQ(*audio, (Media{MediaKind::audio, "audio/wav", "QUJD", "", "", "n"}));
  EXPECT_EQ(parts[2].as<Media>()->url, "https://x.org/a.pdf");
  EXPECT_EQ(parts[2].as<Media>()->kind, MediaKind::document);
  EXPECT_EQ(parts[2].extras, (chat::Extras{{"videoMetadata", "{\"fps\":2.0}"}}));
  EXPECT_EQ(parts[3].as<Media>()->file_id,
            "https://generativelanguage.googleapis.com/v1beta/files/a");
  EXPECT_EQ(parts[4].as<Media>()->file_id, "gs://bucket/a");
  EXPECT_EQ(parts[4].extras, (chat::Extras{{"fileData.new", "1"}}));
  EXPECT_EQ(*parts[5].as<Opaque>(),
            (Opaque{chat::Dialect::gemini, "executableCode",
                    R"({"executableCode":{"code":"1"},"thoughtSignature":"s"})"}));
  EXPECT_EQ(parts[6].as<Opaque>()->type, "newKind");
  EXPECT_EQ(parts[7].as<Opaque>()->type, "thought");
  EXPECT_EQ(parts[8].as<Text>()->text, "b");
  EXPECT_EQ(parts[8].extras, (chat::Extras{{"somethingNew", "[]"}}));
}

TEST(gemini_decode, where_signatures_go) {
  const auto parts = parts_of(
      R"([{"text":"why","thought":true},{"text":"","thought":true,"thoughtSignature":"s0"},)"
      R"({"text":"so","thoughtSignature":"s1"},)"
      R"({"functionCall":{"name":"f"},"thoughtSignature":"s2"},)"
      R"({"functionCall":{"name":"g"}},{"text":"","thoughtSignature":"s3"},)"
      R"({"thought_signature":"s4"},)"
      R"({"functionCall":{"name":"h"},"thoughtSignature":"skip_thought_signature_validator"},)"
      R"({"functionCall":{"name":"i"},"thoughtSignature":"context_engineering_is_the_way_to_go"},)"
      R"({"inlineData":{"mimeType":"image/png","data":"QUJD"},"thoughtSignature":"s5"}])",
      "model");
  ASSERT_EQ(parts.size(), 10U);
  const auto signature = [&](std::size_t i) {
    if (const auto* call = parts[i].as<ToolCall>()) return call->signature.value;
    const auto* thought = parts[i].as<Reasoning>();
    return thought ? thought->signature.value : std::string("-");
  };
  EXPECT_EQ(parts[0].as<Reasoning>()->text, "why");
  EXPECT_TRUE(parts[0].as<Reasoning>()->is_summary);
  EXPECT_EQ(signature(0), "s0");
  EXPECT_EQ(parts[1].as<Text>()->text, "so");
  EXPECT_EQ(signature(2), "s1");
  EXPECT_EQ(signature(3), "s2");
  EXPECT_EQ(signature(4), "s3");
  EXPECT_EQ(signature(5), "s4");
  EXPECT_EQ(parts[5].as<Reasoning>()->text, "");
  EXPECT_EQ(signature(6), "");
  EXPECT_EQ(signature(7), "");
  EXPECT_TRUE(parts[8].as<Media>());
  EXPECT_EQ(signature(9), "s5");
}

TEST(gemini_decode, calls_and_results_find_one_another) {
  const Request request = decode(
      R"({"contents":[{"role":"user","parts":[{"text":"q"}]},)"
      R"({"role":"model","parts":[{"functionCall":{"name":"f","args":{"x": 1.0}}},)"
      R"({"functionCall":{"name":"g"}},{"functionCall":{"name":"f","args":null}},)"
      R"({"functionCall":{"id":"own","name":"k"}}]},)"
      R"({"role":"function","parts":[{"functionResponse":{"name":"g","response":{"output":"G"}}},)"
      R"({"functionResponse":{"name":"f","response":{"a":1}}},)"
      R"({"functionResponse":{"name":"f","response":{"error":"no"}}},)"
      R"({"functionResponse":{"id":"own","response":{}}},)"
      R"({"functionResponse":{"name":"unasked","response":{"result":"x"}}}]},)"
      R"({"role":"model","parts":[{"functionCall":{"name":"f"}}]},)"
      R"({"role":"user","parts":[{"text":"and"},)"
      R"({"functionResponse":{"name":"f","response":{"output":[1]}}}]}]})");
  ASSERT_EQ(request.messages.size(), 6U);
  const auto& calls = request.messages[1].parts;
  EXPECT_EQ(calls[0].as<ToolCall>()->id, "hgc_0");
  EXPECT_EQ(calls[0].as<ToolCall>()->arguments, R"({"x": 1.0})");
  EXPECT_EQ(calls[1].as<ToolCall>()->id, "hgc_1");
  EXPECT_EQ(calls[1].as<ToolCall>()->arguments, "{}");
  EXPECT_EQ(calls[2].as<ToolCall>()->id, "hgc_2");
  EXPECT_EQ(calls[3].as<ToolCall>()->id, "own");
  EXPECT_EQ(request.messages[2].role, Role::tool);
  const auto& results = request.messages[2].parts;
  const auto result = [&](std::size_t i) { return *results[i].as<ToolResult>(); };
  EXPECT_EQ(result(0), (ToolResult{"hgc_1", "g", {chat::text_part("G")}}));
  EXPECT_EQ(result(1), (ToolResult{"hgc_0", "f", {chat::text_part("{\"a\":1}")}}));
  EXPECT_EQ(result(2), (ToolResult{"hgc_2", "f", {chat::text_part("no")}, true}));
  EXPECT_EQ(result(3), (ToolResult{"own", "k", {}}));
  EXPECT_EQ(result(4), (ToolResult{"hgc_3", "unasked", {chat::text_part("{\"result\":\"x\"}")}}));
  // Results stand before what else the turn says.
  EXPECT_EQ(request.messages[3].parts[0].as<ToolCall>()->id, "hgc_4");
  EXPECT_EQ(request.messages[4].role, Role::tool);
  EXPECT_EQ(*request.messages[4].parts[0].as<ToolResult>(),
            (ToolResult{"hgc_4", "f", {chat::text_part("[1]")}}));
  EXPECT_EQ(request.messages[5].role, Role::user);
}

// What the chat of Google's client sends after a streamed turn: each chunk as a content of its own.
constexpr std::string_view kChunks =
    R"({"contents":[{"role":"user","parts":[{"text":"q"}]},)"
    R"({"parts":[{"text":"Let me"}],"role":"model"},{"parts":[{"text":" "}],"role":"model"},)"
    R"({"parts":[{"text":"look."}],"role":"model"},)"
    R"({"parts":[{"functionCall":{"name":"f","args":{"x":1}}}],"role":"model"},)"
    R"({"parts":[{"functionCall":{"name":"g","args":{}}}],"role":"model"},)"
    R"({"parts":[{"text":""}],"role":"model"},)"
    R"({"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"F"}}},)"
    R"({"functionResponse":{"name":"g","response":{"output":"G"}}}]}]})";

TEST(gemini_decode, chunks_are_one_turn) {
  const Request request = decode(kChunks);
  ASSERT_EQ(request.messages.size(), 3U);
  const auto& turn = request.messages[1];
  EXPECT_EQ(turn.role, Role::assistant);
  ASSERT_EQ(turn.parts.size(), 3U);
  EXPECT_EQ(turn.parts[0], chat::text_part("Let me look."));
  EXPECT_EQ(turn.parts[1].as<ToolCall>()->id, "hgc_0");
  EXPECT_EQ(turn.parts[2].as<ToolCall>()->id, "hgc_1");
  ASSERT_EQ(request.messages[2].parts.size(), 2U);
  EXPECT_EQ(*request.messages[2].parts[0].as<ToolResult>(),
            (ToolResult{"hgc_0", "f", {chat::text_part("F")}}));
  EXPECT_EQ(*request.messages[2].parts[1].as<ToolResult>(),
            (ToolResult{"hgc_1", "g", {chat::text_part("G")}}));
}

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t out = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++out;
  return out;
}

TEST(gemini_decode, chunks_are_one_turn_for_every_provider) {
  struct Case {
    chat::Dialect dialect;
    std::string_view turn;  // once
    std::string_view id;    // of a call or its result, at which the id of `f` stands
  };
  for (const Case& c : {Case{chat::Dialect::openai_chat, R"("role":"assistant")", "\"id\":"},
                        Case{chat::Dialect::openai_chat, R"("Let me look.")", "\"tool_call_id\":"},
                        Case{chat::Dialect::anthropic, R"("role":"assistant")", "\"id\":"},
                        Case{chat::Dialect::anthropic, R"("Let me look.")", "\"tool_use_id\":"},
                        Case{chat::Dialect::openai_responses, R"("Let me look.")", ""}}) {
    chat::Losses losses;
    const Request request = decode(kChunks);
    const std::string body = codec(c.dialect).encode_request(request, {.model = "m"}, losses);
    EXPECT_EQ(count(body, c.turn), 1U) << body;
    EXPECT_EQ(count(body, std::string(c.id) + "\"hgc_0\""), c.id.empty() ? 2U : 1U) << body;
    EXPECT_EQ(count(body, "\"hgc_2\""), 0U) << body;
  }
}

TEST(gemini_decode, chunks_keep_what_is_signed_apart) {
  const Request request =
      decode(R"({"contents":[{"role":"model","parts":[{"text":""}]},)"
             R"({"role":"model","parts":[{"text":"wh","thought":true}]},)"
             R"({"role":"model","parts":[{"text":"y","thought":true}]},)"
             R"({"role":"model","parts":[{"text":"","thought":true,"thoughtSignature":"s0"}]},)"
             R"({"role":"model","parts":[{"text":"so","thoughtSignature":"s1"}]},)"
             R"({"role":"model","parts":[{"text":"then"}]},)"
             R"({"role":"model","parts":[{"functionCall":{"name":"f"}}]},)"
             R"({"role":"model","parts":[{"text":"","thoughtSignature":"s2"}]}]})");
  ASSERT_EQ(request.messages.size(), 1U);
  const auto& parts = request.messages[0].parts;
  ASSERT_EQ(parts.size(), 5U);
  EXPECT_EQ(parts[0].as<Reasoning>()->text, "why");
  EXPECT_EQ(parts[0].as<Reasoning>()->signature.value, "s0");
  EXPECT_EQ(parts[1], chat::text_part("so"));
  EXPECT_EQ(parts[2].as<Reasoning>()->signature.value, "s1");
  EXPECT_EQ(parts[3], chat::text_part("then"));
  EXPECT_EQ(parts[4].as<ToolCall>()->signature.value, "s2");
}

// A content with members of its own stays one; its calls are still of the same turn.
TEST(gemini_decode, contents_of_the_model_that_stay_apart) {
  const Request request =
      decode(R"({"contents":[{"role":"model","parts":[{"functionCall":{"name":"f"}}]},)"
             R"({"role":"model","parts":[{"text":"a"},{"text":""}],"new":1},)"
             R"({"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]},)"
             R"({"role":"model","parts":[{"text":""},{"text":""}]},{"parts":[{"text":""}]}]})");
  ASSERT_EQ(request.messages.size(), 5U);
  EXPECT_EQ(request.messages[1].parts, std::vector{chat::text_part("a")});
  EXPECT_EQ(request.messages[1].extras, (chat::Extras{{"new", "1"}}));
  EXPECT_EQ(request.messages[2].parts[0].as<ToolResult>()->call_id, "hgc_0");
  EXPECT_EQ(request.messages[3].parts, std::vector{chat::text_part("")});
  EXPECT_EQ(request.messages[4].parts, std::vector{chat::text_part("")});
}

TEST(gemini_decode, media_of_results) {
  const auto parts =
      parts_of(R"([{"functionResponse":{"id":"a","name":"f","response":{"output":"see"},"parts":[)"
               R"({"inlineData":{"mimeType":"image/png","data":"QUJD"}},{"odd":1},{"text":"t"}],)"
               R"("scheduling":"SILENT"},"thoughtSignature":"s"}])");
  ASSERT_EQ(parts.size(), 1U);
  const auto& result = *parts[0].as<ToolResult>();
  ASSERT_EQ(result.content.size(), 4U);
  EXPECT_EQ(result.content[0].as<Text>()->text, "see");
  EXPECT_EQ(result.content[1].as<Media>()->data, "QUJD");
  EXPECT_EQ(result.content[2].as<Opaque>()->json, "{\"odd\":1}");
  EXPECT_EQ(result.content[3].as<Opaque>()->json, "{\"text\":\"t\"}");
  EXPECT_EQ(parts[0].extras, (chat::Extras{{"functionResponse.scheduling", "\"SILENT\""},
                                           {"thoughtSignature", "\"s\""}}));
}

struct Choice {
  std::string_view config;
  std::optional<chat::ToolChoice> choice;
  chat::Extras extras;
};

TEST(gemini_decode, tool_choice) {
  const std::string prefix = "toolConfig.functionCallingConfig.";
  for (const Choice& c :
       std::vector<Choice>{{R"({"mode":"AUTO"})", chat::ToolChoice{}, {}},
                           {R"({"mode":"NONE"})", chat::ToolChoice{ToolMode::none}, {}},
                           {R"({"mode":"ANY"})", chat::ToolChoice{ToolMode::required}, {}},
                           {R"({"mode":"ANY","allowedFunctionNames":["a","b"]})",
                            chat::ToolChoice{ToolMode::allowed, {"a", "b"}, true},
                            {}},
                           {R"({"mode":"VALIDATED","allowedFunctionNames":["a"]})",
                            chat::ToolChoice{ToolMode::allowed, {"a"}, false},
                            {}},
                           {R"({"mode":"VALIDATED"})", {}, {{prefix + "mode", "\"VALIDATED\""}}},
                           {R"({"mode":"MODE_UNSPECIFIED"})", {}, {}},
                           {R"({"streamFunctionCallArguments":true})",
                            {},
                            {{prefix + "streamFunctionCallArguments", "true"}}}}) {
    const Request request = decode(R"({"contents":[{}],"toolConfig":{"functionCallingConfig":)" +
                                   std::string(c.config) + "}}");
    EXPECT_EQ(request.tool_choice, c.choice) << c.config;
    EXPECT_EQ(request.extras, c.extras) << c.config;
  }
}

TEST(gemini_decode, formats_and_thinking) {
  const auto config = [](std::string_view json) {
    return decode(R"({"contents":[{}],"generationConfig":)" + std::string(json) + "}");
  };
  EXPECT_EQ(config(R"({"responseMimeType":"application/json"})").format->kind,
            chat::FormatKind::json_object);
  EXPECT_EQ(config(R"({"responseMimeType":"text/plain"})").format->kind, chat::FormatKind::text);
  EXPECT_EQ(config(R"({"responseJsonSchema":{"a":1.0},"responseMimeType":"application/json"})")
                .format->schema,
            "{\"a\":1.0}");
  const Request enums = config(
      R"({"responseMimeType":"text/x.enum","responseSchema":{"type":"STRING","enum":["a"]}})");
  EXPECT_FALSE(enums.format);
  EXPECT_EQ(enums.extras.size(), 2U);
  EXPECT_EQ(config(R"({"thinkingConfig":{"thinkingBudget":-1}})").reasoning->mode, "adaptive");
  EXPECT_EQ(config(R"({"thinkingConfig":{"thinkingBudget":512}})").reasoning->budget_tokens, 512);
  EXPECT_EQ(config(R"({"thinkingConfig":{"newKnob":1}})").extras,
            (chat::Extras{{"generationConfig.thinkingConfig.newKnob", "1"}}));
}

struct Refusal {
  std::string_view body;
  std::string_view param;
};

TEST(gemini_decode, refusals_name_the_field) {
  for (const Refusal& c : std::vector<Refusal>{
           {"{}", "contents"},
           {R"({"contents":[]})", "contents"},
           {R"({"contents":[1]})", "contents[0]"},
           {R"({"contents":[{"role":"system"}]})", "contents[0].role"},
           {R"({"contents":[{"parts":[{"text":1}]}]})", "contents[0].parts[0].text"},
           {R"({"contents":[{"parts":[{}]}]})", "contents[0].parts[0]"},
           {R"({"contents":[{},{"parts":[{"text":"a","functionCall":{}}]}]})",
            "contents[1].parts[0]"},
           {R"({"contents":[{"parts":[{"functionCall":{"name":"f","args":"x"}}]}]})",
            "contents[0].parts[0].functionCall.args"},
           {R"({"contents":[{"parts":[{"functionResponse":{"response":[]}}]}]})",
            "contents[0].parts[0].functionResponse.response"},
           {R"({"contents":[{}],"tools":[{"functionDeclarations":[{"description":"d"}]}]})",
            "tools[0].functionDeclarations[0]"},
           {R"({"contents":[{}],"generationConfig":{"temperature":"hot"}})",
            "generationConfig.temperature"},
           {R"({"contents":[{}],"generationConfig":{"candidateCount":0}})",
            "generationConfig.candidateCount"},
           {R"({"contents":[{}],"generationConfig":{"thinkingConfig":{"thinkingLevel":3}}})",
            "generationConfig.thinkingConfig.thinkingLevel"},
           {R"({"contents":[{}],"toolConfig":{"functionCallingConfig":{"mode":1}}})",
            "toolConfig.functionCallingConfig.mode"},
           {R"({"contents":[{}],"systemInstruction":{"parts":[{"text":false}]}})",
            "systemInstruction.parts[0].text"},
           {R"({"contents":[{}],"labels":"x"})", "labels"},
           {R"({"contents":[{}],"model":"models/other"})", "model"}}) {
    const auto request = decode_request(c.body, kSource, {});
    ASSERT_FALSE(request) << c.body;
    EXPECT_EQ(request.error().code, Errc::invalid_request) << c.body;
    EXPECT_EQ(request.error().param, c.param) << c.body;
  }
  EXPECT_EQ(decode_request("{\"contents\":[{}]", kSource, {}).error().code, Errc::invalid_json);
  EXPECT_EQ(decode_request(R"({"contents":[{}]})", {}, {}).error().param, "model");
}

TEST(gemini_decode, bounds) {
  chat::Limits limits;
  limits.messages_max = limits.parts_max = limits.tools_max = 2;
  const auto refused = [&](std::string_view body) {
    const auto request = decode_request(body, kSource, limits);
    return !request && request.error().code == Errc::invalid_request;
  };
  EXPECT_FALSE(refused(R"({"contents":[{},{}]})"));
  EXPECT_TRUE(refused(R"({"contents":[{},{},{}]})"));
  EXPECT_TRUE(refused(R"({"contents":{"parts":[{"text":""},{"text":""},{"text":""}]}})"));
  EXPECT_TRUE(
      refused(R"({"contents":[{}],"tools":[{"functionDeclarations":[{"name":"a"},{"name":"b"}]},)"
              R"({"functionDeclarations":{"name":"c"}}]})"));
}

}  // namespace
}  // namespace headgate::llm::gemini
