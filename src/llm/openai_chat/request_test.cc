#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "base/json/cursor.h"
#include "llm/openai_chat/request_decode.h"
#include "llm/openai_chat/request_encode.h"
#include "llm/openai_chat/specimen_test.h"

namespace headgate::llm::openai_chat {
namespace {

using chat::Dialect;
using chat::Loss;
using chat::Losses;
using chat::Part;
using chat::Request;
using chat::Role;

constexpr chat::Target kSame{.usage_in_stream = false};

Request decoded(std::string_view body) {
  auto request = decode_request(body, {}, {});
  EXPECT_TRUE(request) << body << ": " << request.error().detail;
  return request ? *request : Request{};
}

// Of messages alone.
std::vector<chat::Message> messages_of(const std::string& json) {
  return decoded("{\"model\":\"m\",\"messages\":" + json + "}").messages;
}

std::string encoded(const Request& request, Losses& losses, const chat::Target& target = kSame) {
  std::string body = encode_request(request, target, losses);
  EXPECT_TRUE(base::json::valid(body)) << body;
  return body;
}

// The part of the body from "messages" to its end.
std::string messages_text(const Request& request, Losses& losses,
                          const chat::Target& target = kSame) {
  const std::string body = encoded(request, losses, target);
  const std::size_t begin = body.find("\"messages\":") + 11;
  return body.substr(begin, body.size() - 1 - begin);
}

RC_GTEST_PROP(openai_chat_request, what_is_written_reads_back, ()) {
  const Request request = *any_request();
  Losses losses;
  const std::string body = encode_request(request, kSame, losses);
  const auto again = decode_request(body, {}, {});
  RC_ASSERT(again.has_value());
  RC_LOG() << body << "\n" << encode_request(*again, kSame, losses);
  RC_ASSERT(*again == request);
  RC_ASSERT(losses.empty());
}

RC_GTEST_PROP(openai_chat_request, of_any_origin_is_json_and_reads, ()) {
  Request request = *any_request();
  request.origin =
      *rc::gen::element(Dialect::anthropic, Dialect::gemini, Dialect::openai_responses);
  chat::Target target;
  target.model = "other";
  target.old_words = coin();
  target.thoughts_back = coin();
  Losses losses;
  const auto again = decode_request(encode_request(request, target, losses), {}, {});
  RC_ASSERT(again.has_value());
  RC_ASSERT(again->model == "other");
  RC_ASSERT(again->usage_in_stream || !request.stream);
}

TEST(openai_chat_request, every_member) {
  const Request request = decoded(R"({
    "model": "gpt-5.6", "messages": [{"role":"user","content":"hi"}],
    "temperature": 0.70, "top_p": 1.0, "top_k": 40, "presence_penalty": -0.5,
    "frequency_penalty": 1e-1, "seed": 123456789012345678901, "n": 2,
    "max_tokens": 5, "max_completion_tokens": 7, "stop": "END", "logprobs": true,
    "top_logprobs": 3, "reasoning_effort": "xhigh", "parallel_tool_calls": false,
    "user": "u", "safety_identifier": "s", "service_tier": "flex", "prompt_cache_key": "k",
    "prompt_cache_options": {"mode":"implicit","ttl":"30m"}, "metadata": {"a": "b"}, "store": true,
    "stream": true, "stream_options": {"include_usage": true, "include_obfuscation": false},
    "response_format": {"type":"json_schema","json_schema":{"name":"x","schema":{"a":1.0},
      "strict":true,"description":"d","odd":1}},
    "modalities": ["text"], "audio": null, "verbosity": "low"})");
  EXPECT_EQ(request.temperature, "0.70");
  EXPECT_EQ(request.seed, "123456789012345678901");
  EXPECT_EQ(request.frequency_penalty, "1e-1");
  EXPECT_EQ(request.top_k, "40");
  EXPECT_EQ(request.candidates, 2);
  EXPECT_EQ(request.output_tokens_max, 7);
  EXPECT_EQ(request.stop, std::vector<std::string>{"END"});
  EXPECT_EQ(request.logprobs, true);
  EXPECT_EQ(request.top_logprobs, 3);
  EXPECT_EQ(request.reasoning->effort, "xhigh");
  EXPECT_EQ(request.parallel_tool_calls, false);
  EXPECT_EQ(request.user, "s");
  EXPECT_EQ(request.service_tier, "flex");
  EXPECT_EQ(request.cache_key, "k");
  EXPECT_EQ(request.cache->ttl, "30m");
  EXPECT_EQ(request.metadata, R"({"a": "b"})");
  EXPECT_EQ(request.store, true);
  EXPECT_TRUE(request.stream && request.usage_in_stream);
  EXPECT_EQ(request.format->schema, R"({"a":1.0})");
  EXPECT_EQ(request.format->strict, true);
  EXPECT_EQ(request.extras, (chat::Extras{{"stream_options.include_obfuscation", "false"},
                                          {"response_format.json_schema.odd", "1"},
                                          {"modalities", "[\"text\"]"},
                                          {"verbosity", "\"low\""},
                                          {"user", "\"u\""}}));
}

TEST(openai_chat_request, nulls_say_nothing) {
  const Request request = decoded(
      R"({"model":"m","messages":[],"stream":null,"stream_options":null,"tools":null,"n":null,
      "tool_choice":null,"parallel_tool_calls":null,"response_format":null,"stop":null,
      "temperature":null,"max_tokens":null,"reasoning_effort":null,"metadata":null,"user":null,
      "prompt_cache_options":null,"store":null,"functions":null,"function_call":null,"x":null})");
  Request expected;
  expected.model = "m";
  EXPECT_EQ(request, expected);
}

TEST(openai_chat_request, content_parts) {
  const auto messages = messages_of(R"([{"role":"user","content":[
    {"type":"text","text":"a","prompt_cache_breakpoint":{"mode":"explicit","ttl":"12h"}},
    {"image_url":{"url":"data:image\/png;base64,QUJD","detail":"low"},"type":"image_url"},
    {"type":"image_url","image_url":{"url":"https://x/y.png"}},
    {"type":"image_url","image_url":"data:text/plain,hi"},
    {"type":"input_audio","input_audio":{"data":"QUJD","format":"mp3"}},
    {"type":"file","file":{"file_data":"data:application/pdf;base64,QUJD","filename":"a.pdf"}},
    {"type":"file","file":{"file_data":"QUJD"}},{"type":"file","file":{"file_id":"f"}},
    {"type":"file","file":{"filename":"x"}},
    {"type":"video_url","video_url":{"url":"https://v"}},
    {"type":"novel","novel":{"n":1.0}},
    {"type":"text","text":"b","cache_control":{"type":"ephemeral","ttl":"1h"},"odd":[1]}]}])");
  ASSERT_EQ(messages.size(), 1U);
  const auto& parts = messages[0].parts;
  ASSERT_EQ(parts.size(), 12U);
  EXPECT_EQ(parts[0].cache->ttl, "12h");
  const auto media = [&](std::size_t i) { return *parts[i].as<chat::Media>(); };
  EXPECT_EQ(media(1).mime, "image/png");
  EXPECT_EQ(media(1).data, "QUJD");
  EXPECT_EQ(media(1).detail, "low");
  EXPECT_EQ(media(2).url, "https://x/y.png");
  EXPECT_EQ(media(3).url, "data:text/plain,hi");
  EXPECT_EQ(media(4).mime, "audio/mpeg");
  EXPECT_EQ(media(5).mime, "application/pdf");
  EXPECT_EQ(media(5).filename, "a.pdf");
  EXPECT_EQ(media(6).data, "QUJD");
  EXPECT_EQ(media(7).file_id, "f");
  EXPECT_EQ(parts[8].as<chat::Opaque>()->json, R"({"type":"file","file":{"filename":"x"}})");
  EXPECT_EQ(media(9).kind, chat::MediaKind::video);
  EXPECT_EQ(parts[10].as<chat::Opaque>()->type, "novel");
  EXPECT_EQ(parts[10].as<chat::Opaque>()->json, R"({"type":"novel","novel":{"n":1.0}})");
  EXPECT_EQ(parts[11].cache->ttl, "1h");
  EXPECT_EQ(parts[11].extras, (chat::Extras{{"odd", "[1]"}}));
}

TEST(openai_chat_request, members_of_the_message_may_be_repeated_in_its_parts) {
  const auto messages = messages_of(R"([{"role":"assistant","content":[
    {"type":"text","text":"a","role":"assistant","refusal":null,"annotations":[],"tool_calls":[{}],
     "extra_content":{"google":{"thought_signature":"s"}}}]}])");
  ASSERT_EQ(messages.size(), 1U);
  ASSERT_EQ(messages[0].parts.size(), 1U);
  EXPECT_EQ(messages[0].parts[0].as<chat::Text>()->text, "a");
  for (const auto& extra : messages[0].parts[0].extras) EXPECT_EQ(extra.json, "null");
}

TEST(openai_chat_request, a_turn_with_tools) {
  const auto messages = messages_of(R"([
    {"role":"assistant","content":"","reasoning_content":"hm","tool_calls":[
      {"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\": 1.0}"},
       "extra_content":{"google":{"thought_signature":"sig"}}},
      {"id":"b","type":"custom","custom":{"name":"g","input":"free \n text"}},
      {"type":"function","function":{"name":"h","arguments":{"y":[1.50]}}}]},
    {"role":"tool","tool_call_id":"b","content":"two"},
    {"role":"tool","tool_call_id":"a","content":[{"type":"text","text":"one"}]},
    {"role":"tool","content":"three"},
    {"role":"user","content":"go on"}])");
  ASSERT_EQ(messages.size(), 3U);
  const auto& parts = messages[0].parts;
  ASSERT_EQ(parts.size(), 4U);
  EXPECT_EQ(parts[0].as<chat::Reasoning>()->text, "hm");
  const auto* first = parts[1].as<chat::ToolCall>();
  EXPECT_EQ(first->arguments, R"({"x": 1.0})");
  EXPECT_EQ(first->signature, (chat::Signature{Dialect::gemini, "sig"}));
  EXPECT_TRUE(parts[2].as<chat::ToolCall>()->custom);
  EXPECT_EQ(parts[2].as<chat::ToolCall>()->arguments, "free \n text");
  EXPECT_EQ(parts[3].as<chat::ToolCall>()->arguments, R"({"y":[1.50]})");
  const std::string made_up = parts[3].as<chat::ToolCall>()->id;
  EXPECT_FALSE(made_up.empty());
  EXPECT_EQ(messages[1].role, Role::tool);
  const auto result = [&](std::size_t i) { return *messages[1].parts[i].as<chat::ToolResult>(); };
  ASSERT_EQ(messages[1].parts.size(), 3U);
  EXPECT_EQ(result(0).name, "g");
  EXPECT_TRUE(result(0).custom);
  EXPECT_EQ(result(1).name, "f");
  EXPECT_EQ(result(2).call_id, made_up);
  EXPECT_EQ(result(2).name, "h");
}

TEST(openai_chat_request, the_words_before_tools) {
  const Request request = decoded(R"({"model":"m","functions":[{"name":"f","parameters":{"a":1}}],
    "function_call":{"name":"f"},"messages":[
    {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},
    {"role":"function","name":"f","content":"done"}]})");
  EXPECT_EQ(request.tools[0].schema, R"({"a":1})");
  EXPECT_EQ(request.tool_choice->names, std::vector<std::string>{"f"});
  const auto* call = request.messages[0].parts[0].as<chat::ToolCall>();
  EXPECT_EQ(call->name, "f");
  EXPECT_EQ(request.messages[1].parts[0].as<chat::ToolResult>()->call_id, call->id);
  Losses losses;
  EXPECT_EQ(encoded(request, losses),
            R"({"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[)"
            R"({"id":"call_0_0","type":"function","function":{"name":"f","arguments":"{}"}}]},)"
            R"({"role":"tool","tool_call_id":"call_0_0","content":"done"}],"tools":[)"
            R"({"type":"function","function":{"name":"f","parameters":{"a":1}}}],)"
            R"("tool_choice":{"type":"function","function":{"name":"f"}}})");
}

TEST(openai_chat_request, choices_of_tools) {
  const auto choice = [](const std::string& json) {
    return decoded("{\"model\":\"m\",\"messages\":[],\"tool_choice\":" + json + "}");
  };
  EXPECT_EQ(choice("\"any\"").tool_choice->mode, chat::ToolMode::required);
  EXPECT_TRUE(choice(R"({"type":"custom","custom":{"name":"g"}})").tool_choice->custom);
  const Request allowed = choice(
      R"({"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[
      {"type":"function","function":{"name":"a"}},{"type":"function","name":"b"}]}})");
  EXPECT_EQ(allowed.tool_choice->names, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(allowed.tool_choice->required);
  for (const std::string json :
       {R"({"type":"mcp","server_label":"x"})",
        R"({"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"mcp"}]}})"}) {
    const Request other = choice(json);
    EXPECT_FALSE(other.tool_choice);
    EXPECT_EQ(other.extras.size(), 1U) << json;
  }
}

// A conversation as another dialect's decoder leaves it.
Request from_anthropic() {
  Request request;
  request.origin = Dialect::anthropic;
  request.model = "m";
  request.messages.push_back({Role::system, {chat::text_part("Be brief.")}, {}, {}});
  request.messages.push_back({Role::user, {chat::text_part("Look.")}, {}, {}});
  chat::Message turn;
  turn.role = Role::assistant;
  chat::Reasoning reasoning;
  reasoning.text = "hm";
  reasoning.signature = {Dialect::anthropic, "secret"};
  turn.parts.push_back({std::move(reasoning), {}, {}});
  turn.parts.push_back({chat::ToolCall{"c1", "look", "", false, {}}, {}, {}});
  request.messages.push_back(std::move(turn));
  chat::ToolResult result;
  result.call_id = "c1";
  result.content.push_back(chat::text_part("seen"));
  result.content.push_back({chat::Media{.mime = "image/png", .data = "QUJD"}, {}, {}});
  request.messages.push_back({Role::tool, {{std::move(result), {}, {}}}, {}, {}});
  return request;
}

TEST(openai_chat_request, of_anthropic_in_the_form_openai_wants) {
  Losses losses;
  EXPECT_EQ(messages_text(from_anthropic(), losses),
            R"([{"role":"system","content":"Be brief."},{"role":"user","content":"Look."},)"
            R"({"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",)"
            R"("function":{"name":"look","arguments":"{}"}}]},)"
            R"({"role":"tool","tool_call_id":"c1","content":"seen"},)"
            R"({"role":"user","content":[{"type":"image_url","image_url":)"
            R"({"url":"data:image/png;base64,QUJD"}}]}])");
  ASSERT_EQ(losses.size(), 2U);
  EXPECT_EQ(losses[0].field, "messages[1].content[0]");
  EXPECT_EQ(losses[1].field, "messages[2].content[0]");
  for (const Loss& loss : losses) EXPECT_EQ(loss.weight, Loss::Weight::hint);
}

TEST(openai_chat_request, thoughts_go_back_to_those_who_want_them_and_signatures_never) {
  Losses losses;
  const std::string body =
      encoded(from_anthropic(), losses, {.usage_in_stream = false, .thoughts_back = true});
  EXPECT_NE(body.find(R"("reasoning_content":"hm")"), std::string::npos);
  EXPECT_EQ(body.find("secret"), std::string::npos);
}

TEST(openai_chat_request, old_words_for_old_servers) {
  Request request;
  request.origin = Dialect::openai_responses;
  request.model = "m";
  request.messages.push_back({Role::developer, {chat::text_part("x")}, {}, {}});
  request.messages[0].parts[0].cache = chat::CacheMark{};
  request.output_tokens_max = 5;
  request.user = "u";
  request.cache_key = "k";
  Losses losses;
  EXPECT_EQ(encoded(request, losses, {.usage_in_stream = false, .old_words = true}),
            R"({"model":"m","messages":[{"role":"system","content":"x"}],"max_tokens":5,)"
            R"("user":"u"})");
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_EQ(losses[0].field, "instructions.content[0]: cache mark");
}

// What no member can say, one request each.
struct Lost {
  std::string_view field;
  Loss::Weight weight;
  std::function<void(Request&)> set;
};

TEST(openai_chat_request, losses_are_weighed) {
  using W = Loss::Weight;
  const auto part = [](Request& r, decltype(Part::value) value) {
    r.messages[0].parts.push_back({std::move(value), {}, {}});
  };
  for (const Lost& c : std::vector<Lost>{
           {"top_k", W::hint, [](Request& r) { r.top_k = "5"; }},
           {"metadata", W::hint, [](Request& r) { r.metadata = "{}"; }},
           {"store", W::hint, [](Request& r) { r.store = true; }},
           {"user", W::hint, [](Request& r) { r.user = std::string(129, 'u'); }},
           {"service_tier", W::hint, [](Request& r) { r.service_tier = "ultrafast"; }},
           {"thinking", W::hint, [](Request& r) { r.reasoning = {{.budget_tokens = 9000}}; }},
           {"thinking", W::hint, [](Request& r) { r.reasoning = {{.mode = "disabled"}}; }},
           {"thinking", W::hint, [](Request& r) { r.reasoning = {{.show = true}}; }},
           {"stop_sequences", W::meaning,
            [](Request& r) {
              r.stop = {"a", "b", "c", "d", "e"};
            }},
           {"previous_response_id", W::meaning, [](Request& r) { r.previous_response_id = "r"; }},
           {"container", W::meaning,
            [](Request& r) {
              r.extras.push_back({"container", "{\"id\":1}"});
            }},
           {"speed", W::hint,
            [](Request& r) {
              r.extras.push_back({"speed", "\"fast\""});
            }},
           {"tools[0]", W::meaning,
            [](Request& r) {
              r.tools.push_back({.kind = chat::ToolKind::builtin, .name = "web_search"});
            }},
           {"tools[0].eager", W::meaning,
            [](Request& r) {
              r.tools.push_back({.name = "f", .extras = {{"eager", "true"}}});
            }},
           {"tools[0]: cache mark", W::hint,
            [](Request& r) { r.tools.push_back({.name = "f", .cache = chat::CacheMark{}}); }},
           {"messages[0].content[1]", W::meaning,
            [&](Request& r) { part(r, chat::Media{.file_id = "f"}); }},
           {"messages[0].content[1]", W::meaning,
            [&](Request& r) {
              part(r, chat::Media{.kind = chat::MediaKind::document, .url = "https://x"});
            }},
           {"messages[0].content[1]", W::meaning,
            [&](Request& r) {
              part(r, chat::Media{.kind = chat::MediaKind::video, .url = "https://x"});
            }},
           {"messages[0].content[1]", W::meaning,
            [&](Request& r) {
              part(r, chat::Media{
                          .kind = chat::MediaKind::audio, .mime = "audio/flac", .data = "QQ=="});
            }},
           {"messages[0].content[1]", W::meaning,
            [&](Request& r) {
              part(r, chat::Opaque{Dialect::anthropic, "search_result", "{}"});
            }},
           {"cache mark: ttl", W::hint,
            [](Request& r) { r.messages[0].parts[0].cache = chat::CacheMark{"1h"}; }}}) {
    Request request;
    request.origin = Dialect::anthropic;
    request.model = "m";
    request.messages.push_back({Role::user, {chat::text_part("x")}, {}, {}});
    c.set(request);
    Losses losses;
    encoded(request, losses);
    ASSERT_EQ(losses.size(), 1U) << c.field;
    EXPECT_EQ(losses[0].field, c.field);
    EXPECT_EQ(losses[0].weight, c.weight) << c.field;
  }
}

TEST(openai_chat_request, what_responses_share_with_chat_stays) {
  Request request;
  request.origin = Dialect::openai_responses;
  request.model = "m";
  request.extras = {{"text.verbosity", "\"low\""}, {"prompt_cache_retention", "\"24h\""}};
  Losses losses;
  EXPECT_EQ(encoded(request, losses),
            R"({"model":"m","messages":[],"verbosity":"low","prompt_cache_retention":"24h"})");
  EXPECT_TRUE(losses.empty());
}

TEST(openai_chat_request, places_in_the_words_of_the_origin) {
  const auto field = [](Dialect origin) {
    Request request;
    request.origin = origin;
    request.model = "m";
    request.messages.push_back({Role::system, {chat::text_part("x")}, {}, {}});
    chat::Message results{Role::tool, {}, {}, {}};
    results.parts.push_back({chat::ToolResult{.call_id = "a"}, {}, {}});
    results.parts.push_back({chat::ToolResult{.call_id = "b"}, {}, {}});
    request.messages.push_back(std::move(results));
    request.messages.push_back({Role::user, {{chat::Media{.file_id = "f"}, {}, {}}}, {}, {}});
    Losses losses;
    encoded(request, losses);
    return losses.empty() ? std::string() : losses[0].field;
  };
  EXPECT_EQ(field(Dialect::anthropic), "messages[1].content[0]");
  EXPECT_EQ(field(Dialect::gemini), "contents[1].parts[0]");
  EXPECT_EQ(field(Dialect::openai_responses), "input[1].content[0]");
  EXPECT_EQ(field(Dialect::openai_chat), "messages[2].content[0]");
}

}  // namespace
}  // namespace headgate::llm::openai_chat
