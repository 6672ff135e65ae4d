#include "llm/anthropic/request_encode.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "llm/anthropic/blocks.h"
#include "llm/anthropic/request_decode.h"

namespace headgate::llm::anthropic {
namespace {

using chat::Part;
using chat::Request;
using chat::Role;
using chat::text_part;

chat::Message message(Role role, std::vector<Part> parts) {
  chat::Message made;
  made.role = role;
  made.parts = std::move(parts);
  return made;
}

Part call(std::string id, std::string arguments = "{}") {
  return {chat::ToolCall{std::move(id), "f", std::move(arguments), false, {}}, {}, {}};
}

Part result(std::string id, std::string text) {
  chat::ToolResult made;
  made.call_id = std::move(id);
  made.content.push_back(text_part(std::move(text)));
  return {made, {}, {}};
}

Part image(std::string mime, std::string data) {
  chat::Media media;
  media.mime = std::move(mime);
  media.data = std::move(data);
  return {media, {}, {}};
}

chat::Tool tool(std::string name, std::string schema = R"({"type":"object"})") {
  chat::Tool made;
  made.name = std::move(name);
  made.schema = std::move(schema);
  return made;
}

Request asking(std::vector<chat::Message> messages) {
  Request request;
  request.output_tokens_max = 4096;
  request.messages = std::move(messages);
  return request;
}

Request asking() { return asking({message(Role::user, {text_part("q")})}); }

// "{…}" without what every body has at its beginning, then the losses as "field!" or "field?".
std::string encoded(const Request& request, std::string_view version = "2023-06-01") {
  chat::Losses losses;
  std::string body = encode_request(request, {.model = "m", .api_version = version}, losses);
  const std::string head = R"({"model":"m","max_tokens":4096,)";
  if (body.starts_with(head)) body.replace(0, head.size(), "{");
  for (const chat::Loss& loss : losses) {
    body += " " + loss.field + (loss.weight == chat::Loss::Weight::meaning ? "!" : "?");
  }
  return body;
}

// The expectations' shorthand: <x> is a text block, @user[ begins a turn.
std::string spelled(std::string_view shorthand) {
  std::string out;
  for (std::size_t i = 0; i < shorthand.size(); ++i) {
    const char c = shorthand[i];
    if (c == '<') {
      out += R"({"type":"text","text":")";
    } else if (c == '>') {
      out += "\"}";
    } else if (c == '@') {
      const std::size_t end = shorthand.find('[', i);
      out +=
          R"({"role":")" + std::string(shorthand.substr(i + 1, end - i - 1)) + R"(","content":[)";
      i = end;
    } else {
      out += c;
    }
  }
  return out;
}

struct Case {
  std::string_view name;
  std::function<Request()> make;
  std::string_view expected;
  std::string_view version = "2023-06-01";
};

class AnthropicEncode : public testing::TestWithParam<Case> {};

TEST_P(AnthropicEncode, as_expected) {
  EXPECT_EQ(encoded(GetParam().make(), GetParam().version), spelled(GetParam().expected));
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return std::string(info.param.name);
}

INSTANTIATE_TEST_SUITE_P(
    turns, AnthropicEncode,
    testing::Values(
        Case{"system_and_developer_lead",
             [] {
               Request r = asking({message(Role::system, {text_part("a"), text_part(" ")}),
                                   message(Role::developer, {text_part("b")}),
                                   message(Role::user, {text_part("q")})});
               r.messages[0].parts[0].cache = chat::CacheMark{"1h"};
               return r;
             },
             R"({"system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral",)"
             R"("ttl":"1h"}},<b>],"messages":[@user[<q>]}]})"},
        Case{"neighbours_become_one_turn",
             [] {
               return asking(
                   {message(Role::user, {text_part("a")}), message(Role::user, {text_part("b")}),
                    message(Role::assistant, {text_part("c")}),
                    message(Role::assistant, {call("1")}), message(Role::user, {text_part("d")}),
                    message(Role::tool, {result("1", "r")})});
             },
             R"({"messages":[@user[<a>,<b>]},@assistant[<c>,{"type":"tool_use","id":"1",)"
             R"("name":"f","input":{}}]},@user[{"type":"tool_result","tool_use_id":"1",)"
             R"("content":[<r>]},<d>]}]})"},
        Case{"the_user_begins",
             [] {
               return asking({message(Role::assistant, {text_part("hello")}),
                              message(Role::user, {text_part("q")})});
             },
             R"({"messages":[@user[<Please go on.>]},@assistant[<hello>]},@user[<q>)"
             R"(]}]} messages!)"},
        Case{"instructions_alone",
             [] { return asking({message(Role::system, {text_part("sing")})}); },
             R"({"system":[<sing>],"messages":[@user[<Please go on.>]}]} messages!)"},
        Case{"later_instructions_follow_the_user",
             [] {
               return asking({message(Role::user, {text_part("a")}),
                              message(Role::system, {text_part("s")}),
                              message(Role::user, {text_part("b")}),
                              message(Role::developer, {text_part("t")})});
             },
             R"({"messages":[@user[<a>,<b>]},@system[<s>,<t>]}]} messages[1]?)"},
        Case{"instructions_without_a_user_turn_before_them",
             [] {
               return asking({message(Role::user, {text_part("a")}),
                              message(Role::assistant, {text_part("b")}),
                              message(Role::system, {text_part("s")})});
             },
             R"({"messages":[@user[<a>]},@assistant[<b>]},@user[<s>]}]} messages[2]!)"},
        Case{"a_beginning_of_the_answer_ends_without_blanks",
             [] {
               return asking({message(Role::user, {text_part("q")}),
                              message(Role::assistant, {text_part("The answer is \n")})});
             },
             R"({"messages":[@user[<q>]},@assistant[<The answer is>]}]})"},
        Case{"thoughts_of_others_stay_here",
             [] {
               chat::Reasoning thoughts;
               thoughts.text = "hm";
               thoughts.signature = {chat::Dialect::gemini, "c2ln"};
               return asking({message(Role::user, {text_part("q")}),
                              message(Role::assistant, {Part{thoughts, {}, {}}, text_part("a")}),
                              message(Role::user, {text_part("q")})});
             },
             R"({"messages":[@user[<q>]},@assistant[<a>]},@user[<q>]}]} messages[1].content[)"
             R"(0]?)"},
        Case{"broken_arguments_and_odd_ids",
             [] {
               return asking({message(Role::user, {text_part("q")}),
                              message(Role::assistant, {call("a:1", "{\"x\":"), call("b", "")}),
                              message(Role::tool, {result("a:1", "r"), result("b", "")})});
             },
             R"({"messages":[@user[<q>]},@assistant[{"type":"tool_use","id":"hgx_a_3a1",)"
             R"("name":"f","input":{"arguments":"{\"x\":"}},{"type":"tool_use","id":"b",)"
             R"("name":"f","input":{}}]},@user[{"type":"tool_result",)"
             R"("tool_use_id":"hgx_a_3a1","content":[<r>]},{"type":"tool_result",)"
             R"("tool_use_id":"b"}]}]} messages[1].content[0]?)"},
        Case{"what_other_dialects_know_alone",
             [] {
               Request r = asking();
               chat::Media sound;
               sound.kind = chat::MediaKind::audio;
               r.messages[0].parts.push_back({sound, {}, {}});
               r.messages[0].parts.push_back(
                   {chat::Opaque{chat::Dialect::openai_responses, "compaction", "{}"}, {}, {}});
               r.messages[0].parts.push_back(image("image/bmp", "QUJD"));
               r.messages[0].parts.push_back(image("image/jpg", "QUJD"));
               r.messages[0].name = "ann";
               r.messages[0].extras = {{"logit", "1"}, {"annotations", "[]"}, {"status", "\"x\""}};
               return r;
             },
             R"({"messages":[@user[<q>,{"type":"image","source":{"type":"base64",)"
             R"("media_type":"image/jpeg","data":"QUJD"}}]}]} messages[0].content[)"
             R"(1]! messages[0].content[2]! messages[0].content[3]! messages[)"
             R"(0].name? messages[0].logit! messages[0].status?)"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    parameters, AnthropicEncode,
    testing::Values(
        Case{"what_is_not_there",
             [] {
               Request r = asking();
               r.candidates = 2;
               r.logprobs = true;
               r.seed = "7";
               r.presence_penalty = "0.5";
               r.frequency_penalty = "0.0";
               r.store = true;
               r.previous_response_id = "resp";
               r.metadata = R"({"a":"b"})";
               r.cache_key = "k";
               r.service_tier = "flex";
               r.user = "u";
               r.extras = {{"logit_bias", R"({"1":2})"}, {"modalities", "null"}};
               return r;
             },
             R"({"messages":[@user[<q>]}],)"
             R"("metadata":{"user_id":"u"}} service_tier? presence_penalty! seed? n! logprobs!)"
             R"( previous_response_id! store? metadata? prompt_cache_key? logit_bias!)"},
        Case{"sampling_of_others_is_wider",
             [] {
               Request r = asking();
               r.temperature = "1.5";
               r.top_p = "0.50";
               r.stop = {"END", " \n"};
               return r;
             },
             R"({"messages":[@user[<q>]}],"temperature":1,"top_p":0.50,"stop_sequences":[)"
             R"("END"]} temperature! stop!)"},
        Case{"sampling_of_2026",
             [] {
               Request r = asking();
               r.temperature = "1.0";
               r.top_p = "0.9";
               r.top_k = "40";
               return r;
             },
             R"({"messages":[@user[<q>]}]} top_p! top_k!)", kVersion2026},
        Case{"effort",
             [] {
               Request r = asking();
               r.reasoning = chat::ReasoningWish{.effort = "minimal"};
               r.temperature = "0.2";
               return r;
             },
             R"({"messages":[@user[<q>]}],"thinking":{"type":"adaptive"},)"
             R"("output_config":{"effort":"low"}} reasoning_effort? temperature!)"},
        Case{"no_effort",
             [] {
               Request r = asking();
               r.reasoning = chat::ReasoningWish{.effort = "none"};
               r.temperature = "0.2";
               return r;
             },
             R"({"messages":[@user[<q>]}],"thinking":{"type":"disabled"},"temperature":0.2})"},
        Case{"a_budget_fits_below_the_limit",
             [] {
               Request r = asking();
               r.origin = chat::Dialect::gemini;
               r.reasoning = chat::ReasoningWish{.budget_tokens = 9000, .show = true};
               return r;
             },
             R"({"messages":[@user[<q>]}],"thinking":{"type":"enabled","budget_tokens":4095,)"
             R"("display":"summarized"}} generationConfig.thinkingConfig?)"},
        Case{"no_thinking_when_a_tool_is_forced",
             [] {
               Request r = asking();
               r.reasoning = chat::ReasoningWish{.effort = "high"};
               r.tools = {tool("f")};
               r.tool_choice = chat::ToolChoice{.mode = chat::ToolMode::required};
               return r;
             },
             R"({"tools":[{"name":"f","input_schema":{"type":"object"}}],)"
             R"("tool_choice":{"type":"any"},"messages":[@user[<q>]}],)"
             R"("output_config":{"effort":"high"}} reasoning_effort?)"},
        Case{"no_budget_behind_unsigned_calls",
             [] {
               Request r = asking({message(Role::user, {text_part("q")}),
                                   message(Role::assistant, {call("1")}),
                                   message(Role::tool, {result("1", "r")})});
               r.reasoning = chat::ReasoningWish{.budget_tokens = 2000};
               return r;
             },
             R"({"messages":[@user[<q>]},@assistant[{"type":"tool_use","id":"1","name":"f",)"
             R"("input":{}}]},@user[{"type":"tool_result","tool_use_id":"1","content":[<r>)"
             R"(]}]}]} reasoning_effort!)"},
        Case{"a_schema",
             [] {
               Request r = asking();
               r.format = chat::OutputFormat{chat::FormatKind::json_schema, "answer", "",
                                             R"({"a":1.0})", true};
               return r;
             },
             R"({"messages":[@user[<q>]}],"output_config":{"format":{"type":"json_schema",)"
             R"("schema":{"a":1.0}}}} response_format?)"},
        Case{"some_json",
             [] {
               Request r = asking();
               r.format = chat::OutputFormat{.kind = chat::FormatKind::json_object};
               return r;
             },
             R"({"system":[<Answer with a single JSON object and nothing else: no text around )"
             R"(it, no Markdown fence.>],"messages":[@user[<q>]}]} response_format?)"}),
    name_of);

Request with_tools(std::vector<chat::Tool> tools, std::optional<chat::ToolChoice> choice = {}) {
  Request r = asking();
  r.tools = std::move(tools);
  r.tool_choice = std::move(choice);
  return r;
}

INSTANTIATE_TEST_SUITE_P(
    tools, AnthropicEncode,
    testing::Values(
        Case{"schemas_get_a_type",
             [] {
               return with_tools({tool("a", ""), tool("b", "{ }"), tool("c", R"({"x":1})")});
             },
             R"({"tools":[{"name":"a","input_schema":{"type":"object","properties":{}}},)"
             R"({"name":"b","input_schema":{"type":"object","properties":{}}},{"name":"c",)"
             R"("input_schema":{"type":"object","x":1}}],"messages":[@user[<q>]}]})"},
        Case{"one_at_a_time",
             [] {
               Request r = with_tools({tool("f")});
               r.parallel_tool_calls = false;
               return r;
             },
             R"({"tools":[{"name":"f","input_schema":{"type":"object"}}],)"
             R"("tool_choice":{"type":"auto","disable_parallel_tool_use":true},"messages":[)"
             R"(@user[<q>]}]})"},
        Case{"only_the_allowed_ones",
             [] {
               chat::ToolChoice choice;
               choice.mode = chat::ToolMode::allowed;
               choice.names = {"b"};
               choice.required = true;
               return with_tools({tool("a"), tool("b")}, choice);
             },
             R"({"tools":[{"name":"b","input_schema":{"type":"object"}}],)"
             R"("tool_choice":{"type":"any"},"messages":[@user[<q>]}]} tool_choice?)"},
        Case{"free_text_tools_become_functions",
             [] {
               chat::Tool custom;
               custom.kind = chat::ToolKind::custom;
               custom.name = "shell";
               custom.format = R"({"type":"grammar"})";
               Request r = with_tools({custom});
               r.messages.push_back(
                   message(Role::assistant,
                           {{chat::ToolCall{"1", "shell", "ls \"x\"", true, {}}, {}, {}}}));
               r.messages.push_back(message(Role::tool, {result("1", "y")}));
               return r;
             },
             R"({"tools":[{"name":"shell","input_schema":{"type":"object",)"
             R"("properties":{"input":{"type":"string"}},"required":["input"],)"
             R"("additionalProperties":false}}],"messages":[@user[<q>]},@assistant[)"
             R"({"type":"tool_use","id":"1","name":"shell","input":{"input":"ls \"x\""}}]},)"
             R"(@user[{"type":"tool_result","tool_use_id":"1","content":[<y>]}]}]} tools[0]!)"},
        Case{"tools_of_other_providers",
             [] {
               chat::Tool builtin;
               builtin.kind = chat::ToolKind::builtin;
               builtin.name = "code_interpreter";
               builtin.format = "{}";
               chat::ToolChoice choice;
               choice.mode = chat::ToolMode::required;
               return with_tools({builtin}, choice);
             },
             R"({"messages":[@user[<q>]}]} tool_choice! tools[0]!)"}),
    name_of);

TEST(anthropic_encode, at_most_four_cache_marks_the_first_and_the_last_three) {
  Request r = asking();
  r.tools = {tool("f")};
  r.tools[0].cache = chat::CacheMark{};
  r.messages[0].parts.clear();
  for (int i = 0; i < 5; ++i) {
    r.messages[0].parts.push_back(text_part(std::to_string(i)));
    r.messages[0].parts.back().cache = chat::CacheMark{i == 4 ? "1h" : "30m"};
  }
  chat::Losses losses;
  const std::string body = encode_request(r, {.model = "m"}, losses);
  const auto read = decode_request(body, {});
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->tools[0].cache);
  const auto& parts = read->messages[0].parts;
  EXPECT_FALSE(parts[0].cache || parts[1].cache);
  EXPECT_EQ(parts[2].cache->ttl, "5m");
  // A long one behind a short one would be refused.
  EXPECT_EQ(parts[4].cache->ttl, "5m");
  EXPECT_EQ(losses.size(), 5U);
  for (const chat::Loss& loss : losses) EXPECT_EQ(loss.weight, chat::Loss::Weight::hint);
}

TEST(anthropic_encode, a_limit_is_always_there) {
  Request r = asking();
  r.output_tokens_max.reset();
  chat::Losses losses;
  EXPECT_TRUE(encode_request(r, {.model = "m", .output_tokens_default = 77}, losses)
                  .starts_with(R"({"model":"m","max_tokens":77,)"));
  EXPECT_TRUE(losses.empty());
}

TEST(anthropic_encode, from_the_old_version_to_the_new_one) {
  const auto request = decode_request(
      R"({"model":"m","max_tokens":1,"messages":[
          {"role":"user","content":[{"type":"text","text":"a","citations":[{"cited_text":"c"}]}]},
          {"role":"assistant","content":[{"type":"text","text":"b"},
            {"type":"document","source":{"type":"url","url":"https://x"}}]}],"temperature":0.5})",
      {.api_version = "2023-06-01"});
  ASSERT_TRUE(request);
  chat::Losses losses;
  const std::string body =
      encode_request(*request, {.model = "m", .api_version = kVersion2026}, losses);
  EXPECT_TRUE(decode_request(body, {.api_version = kVersion2026})) << body;
  ASSERT_EQ(losses.size(), 3U);
  EXPECT_EQ(losses[0].field, "messages[0].content[0]");
  EXPECT_EQ(losses[0].weight, chat::Loss::Weight::hint);
  EXPECT_EQ(losses[1].field, "messages[1].content[1]");
  EXPECT_EQ(losses[2].field, "temperature");
}

TEST(anthropic_encode, counting_says_what_counts) {
  Request r = asking();
  r.stream = true;
  r.temperature = "0.5";
  r.seed = "1";
  r.user = "u";
  r.tools = {tool("f")};
  chat::Losses losses;
  EXPECT_EQ(encode_count_request(r, {.model = "m"}, losses),
            R"({"model":"m","tools":[{"name":"f","input_schema":{"type":"object"}}],)"
            R"("messages":[{"role":"user","content":[{"type":"text","text":"q"}]}]})");
  EXPECT_TRUE(losses.empty());
}

}  // namespace
}  // namespace headgate::llm::anthropic
