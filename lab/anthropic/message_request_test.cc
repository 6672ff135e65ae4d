#include "lab/anthropic/message_request.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "lab/formats/signature.h"

namespace headgate::lab::anthropic {
namespace {

const RecentSet kNoCalls;

MessageRequestResult read(const std::string& body, bool is_2026 = false) {
  return read_message_request(body, {is_2026, false, false, kNoCalls});
}

/// A valid request with `members` added.
std::string with(const std::string& members) {
  return R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}],)" + members +
         "}";
}
std::string talk(const std::string& messages, const std::string& members = {}) {
  return R"({"model":"m","max_tokens":2000,"messages":[)" + messages + "]" + members + "}";
}
std::string user(const std::string& blocks) {
  return R"({"role":"user","content":[)" + blocks + "]}";
}
std::string assistant(const std::string& blocks) {
  return R"({"role":"assistant","content":[)" + blocks + "]}";
}

const std::string kHi = R"({"role":"user","content":"hi"},)";
const std::string kUse = R"({"type":"tool_use","id":"t1","name":"f","input":{}})";
const std::string kResult = R"({"type":"tool_result","tool_use_id":"t1","content":"ok"})";
const std::string kText = R"({"type":"text","text":"hi"})";
const std::string kTools = R"("tools":[{"name":"f","input_schema":{"type":"object"}}])";
const std::string kPixel =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg==";

std::string tool(const std::string& members) { return with(R"("tools":[{)" + members + "}]"); }
std::string image(const std::string& source) {
  return talk(user(R"({"type":"image","source":{)" + source + "}}"));
}
std::string marked(const std::string& text, const std::string& ttl = {}) {
  const std::string lifetime = ttl.empty() ? "" : R"(,"ttl":")" + ttl + "\"";
  return R"({"type":"text","text":")" + text + R"(","cache_control":{"type":"ephemeral")" +
         lifetime + "}}";
}
std::string format(const std::string& schema) {
  return with(R"("output_config":{"format":{"type":"json_schema","schema":)" + schema + "}}");
}

struct Refused {
  std::string name;
  std::string body;
  std::string message;  // as it begins
  bool is_2026 = false;
};
std::ostream& operator<<(std::ostream& out, const Refused& refused) { return out << refused.name; }

class RefusedMessage : public testing::TestWithParam<Refused> {};

TEST_P(RefusedMessage, GetsTheProvidersError) {
  const auto result = read(GetParam().body, GetParam().is_2026);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().status, 400);
  EXPECT_EQ(result.error().message.substr(0, GetParam().message.size()), GetParam().message);
}

std::string name_of(const testing::TestParamInfo<Refused>& test) { return test.param.name; }

const Refused kTopLevel[] = {
    {"not_json", "{", "The request body is not valid JSON"},
    {"array", "[]", "Input should be an object"},
    {"too_deep", std::string(200, '[') + std::string(200, ']'), "The request body is not valid"},
    {"no_model", R"({"max_tokens":1,"messages":[]})", "model: Field required"},
    {"model_number", R"({"model":1})", "model: Input should be a valid string"},
    {"no_max_tokens", R"({"model":"m","messages":[]})", "max_tokens: Field required"},
    {"max_tokens_text", R"({"model":"m","max_tokens":"9"})",
     "max_tokens: Input should be a valid integer"},
    {"max_tokens_negative", R"({"model":"m","max_tokens":-1})",
     "max_tokens: Input should be greater than or equal to 0"},
    {"no_messages", R"({"model":"m","max_tokens":1})", "messages: Field required"},
    {"messages_text", R"({"model":"m","max_tokens":1,"messages":"x"})",
     "messages: Input should be a valid array"},
    {"messages_empty", talk(""), "messages: at least one message is required"},
    {"unknown", with(R"("n":1)"), "n: Extra inputs are not permitted"},
    {"openai_field", with(R"("stop":["x"])"), "stop: Extra inputs are not permitted"},
    {"beta_field", with(R"("mcp_servers":[])"), "mcp_servers: Extra inputs are not permitted"},
    {"hot", with(R"("temperature":1.5)"), "temperature: range: 0..1"},
    {"temperature_text", with(R"("temperature":"1")"), "temperature: Input should be a valid num"},
    {"temperature_2026", with(R"("temperature":1)"), "temperature: Extra inputs are not permitted",
     true},
    {"top_p_2026", with(R"("top_p":1)"), "top_p: Extra inputs are not permitted", true},
    {"top_k_2026", with(R"("top_k":1)"), "top_k: Extra inputs are not permitted", true},
    {"stream_text", with(R"("stream":"yes")"), "stream: Input should be a valid boolean"},
    {"blank_stop", with(R"("stop_sequences":[" "])"),
     "stop_sequences: each stop sequence must contain non-whitespace"},
    {"metadata", with(R"("metadata":{"order":"1"})"),
     "metadata.order: Extra inputs are not permitted"},
    {"tier", with(R"("service_tier":"gold")"),
     "service_tier: Input should be 'auto' or 'standard_only'"},
    {"effort", with(R"("output_config":{"effort":"huge"})"),
     "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'"},
    {"format_kind", with(R"("output_config":{"format":{"type":"json_object"}})"),
     "output_config.format: Input tag 'json_object' found using 'type' does not match any of the "
     "expected tags: 'json_schema'"},
    {"format_open", format(R"({"type":"object"})"),
     "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly "
     "set to false"},
    {"format_open_inside", format(R"({"type":"array","items":{"type":"object"}})"),
     "output_config.format.schema: For 'object' type"},
    {"format_bounds", format(R"({"anyOf":[{"type":"integer","minimum":1}]})"),
     "output_config.format.schema: For 'integer' type, property 'minimum' is not supported"},
};
INSTANTIATE_TEST_SUITE_P(TopLevel, RefusedMessage, testing::ValuesIn(kTopLevel), name_of);

const Refused kThinking[] = {
    {"kind", with(R"("thinking":{"type":"hard"})"), "thinking: Input tag 'hard' found"},
    {"no_budget", with(R"("thinking":{"type":"enabled"})"),
     "thinking.enabled.budget_tokens: Field required"},
    {"small_budget", with(R"("thinking":{"type":"enabled","budget_tokens":1000})"),
     "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"},
    {"budget_over_max", with(R"("thinking":{"type":"enabled","budget_tokens":2048})"),
     "`max_tokens` must be greater than `thinking.budget_tokens`."},
    {"temperature", with(R"("thinking":{"type":"adaptive"},"temperature":0.5)"),
     "`temperature` may only be set to 1"},
    {"top_k", with(R"("thinking":{"type":"adaptive"},"top_k":5)"), "`top_k` must be unset"},
    {"top_p", with(R"("thinking":{"type":"adaptive"},"top_p":0.5)"), "`top_p` must be greater"},
    {"forced", with(R"("thinking":{"type":"adaptive"},"tool_choice":{"type":"any"},)" + kTools),
     "Thinking may not be enabled when tool_choice forces tool use."},
    {"no_signature",
     talk(kHi + assistant(R"({"type":"thinking","thinking":"hm"},)" + kText) + "," + user(kText)),
     "messages.1.content.0.thinking.signature: Field required"},
    {"wrong_signature",
     talk(kHi + assistant(R"({"type":"thinking","thinking":"hm","signature":"abc"},)" + kText) +
          "," + user(kText)),
     "messages.1.content.0: Invalid `signature` in `thinking` block"},
    {"changed_thought",
     talk(kHi +
          assistant(R"({"type":"thinking","thinking":"hmm","signature":")" +
                    signature_of("hm", "n") + R"("},)" + kText) +
          "," + user(kText)),
     "messages.1.content.0: Invalid `signature` in `thinking` block"},
    {"wrong_data",
     talk(kHi + assistant(R"({"type":"redacted_thinking","data":"abc"},)" + kText) + "," +
          user(kText)),
     "messages.1.content.0: Invalid `data` in `redacted_thinking` block"},
    {"thinking_of_user", talk(user(R"({"type":"thinking","thinking":"","signature":""})")),
     "messages.0.content.0: `thinking` blocks can only be in `assistant` messages"},
};
INSTANTIATE_TEST_SUITE_P(Thinking, RefusedMessage, testing::ValuesIn(kThinking), name_of);

const Refused kMessages[] = {
    {"no_role", talk(R"({"content":"x"})"), "messages.0.role: Field required"},
    {"bad_role", talk(R"({"role":"tool","content":"x"})"),
     "messages.0.role: Input should be 'user', 'assistant' or 'system'"},
    {"name", talk(R"({"role":"user","name":"ann","content":"x"})"),
     "messages.0.name: Extra inputs are not permitted"},
    {"empty", talk(R"({"role":"user","content":""})"),
     "messages.0: all messages must have non-empty content except for the optional final"},
    {"empty_list", talk(kHi + assistant("") + "," + user(kText)),
     "messages.1: all messages must have non-empty content"},
    {"empty_text", talk(user(R"({"type":"text","text":""})")),
     "messages: text content blocks must be non-empty"},
    {"blank_text", talk(user(R"({"type":"text","text":" \n"})")),
     "messages: text content blocks must contain non-whitespace text"},
    {"block_kind", talk(user(R"({"type":"image_url"})")),
     "messages.0.content.0: Input tag 'image_url' found using 'type' does not match any of the "
     "expected tags: 'bash_code"},
    {"block_extra", talk(user(R"({"type":"text","text":"x","annotations":[]})")),
     "messages.0.content.0.text.annotations: Extra inputs are not permitted"},
    {"assistant_first", talk(assistant(kText) + "," + user(kText)),
     "messages: first message must use the \"user\" role"},
    {"trailing_blank", talk(kHi + R"({"role":"assistant","content":"Well, "})"),
     "messages: final assistant content cannot end with trailing whitespace"},
    {"system_first", talk(R"({"role":"system","content":"x"},)" + assistant(kText)),
     "messages.0: role 'system' must follow a 'user' message"},
    {"system_before_user", talk(kHi + R"({"role":"system","content":"x"},)" + user(kText)),
     "messages.1: role 'system' must precede an 'assistant' message or end the array"},
    {"citations_2026",
     talk(user(R"({"type":"text","text":"x","citations":[{"type":"char_location"}]})")),
     "messages.0.content.0.text.citations: ", true},
    {"document_2026",
     talk(kHi + assistant(R"({"type":"document","source":{"type":"text","media_type":)"
                          R"("text/plain","data":"x"}})")),
     "messages.1.content.0: `document` blocks can only be in `user` messages", true},
};
INSTANTIATE_TEST_SUITE_P(Messages, RefusedMessage, testing::ValuesIn(kMessages), name_of);

const Refused kToolCases[] = {
    {"openai_tool", tool(R"("type":"function","function":{"name":"f"})"),
     "tools.0: Input tag 'function' found using 'type'"},
    {"no_name", tool(R"("input_schema":{"type":"object"})"), "tools.0.custom.name: Field required"},
    {"name", tool(R"("name":"a b","input_schema":{"type":"object"})"),
     "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"},
    {"no_schema", tool(R"("name":"f")"), "tools.0.custom.input_schema: Field required"},
    {"schema_type", tool(R"("name":"f","input_schema":{})"),
     "tools.0.custom.input_schema.type: Field required"},
    {"parameters", tool(R"("name":"f","input_schema":{"type":"object"},"parameters":{})"),
     "tools.0.custom.parameters: Extra inputs are not permitted"},
    {"strict", tool(R"("name":"f","strict":true,"input_schema":{"type":"object"})"),
     "tools.0.custom: For 'object' type, 'additionalProperties'"},
    {"twice",
     with(R"("tools":[{"name":"f","input_schema":{"type":"object"}},)"
          R"({"name":"f","input_schema":{"type":"object"}}])"),
     "tools: Tool names must be unique."},
    {"choice_alone", with(R"("tool_choice":{"type":"auto"})"), "tool_choice: `tool_choice` may"},
    {"choice_text", with(kTools + R"(,"tool_choice":"auto")"),
     "tool_choice: Input should be an object"},
    {"choice_kind", with(kTools + R"(,"tool_choice":{"type":"required"})"),
     "tool_choice: Input tag 'required'"},
    {"choice_other", with(kTools + R"(,"tool_choice":{"type":"tool","name":"g"})"),
     "tool_choice: Tool 'g' not found in provided tools"},
    {"unanswered", talk(kHi + assistant(kUse) + "," + user(kText)),
     "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: t1. "},
    {"unanswered_at_end", talk(kHi + assistant(kUse)), "messages.1: `tool_use` ids were found"},
    {"text_before_result", talk(kHi + assistant(kUse) + "," + user(kText + "," + kResult)),
     "messages.1: `tool_use` ids were found"},
    {"lone_result", talk(user(kResult)),
     "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: t1. "},
    {"two_results", talk(kHi + assistant(kUse) + "," + user(kResult + "," + kResult)),
     "messages.2.content.1: each tool_use must have a single result."},
    {"same_ids", talk(kHi + assistant(kUse + "," + kUse) + "," + user(kResult)),
     "messages.1.content.1: `tool_use` ids must be unique"},
    {"id_pattern", talk(kHi + assistant(R"({"type":"tool_use","id":"a.b","name":"f","input":{}})")),
     "messages.1.content.0.tool_use.id: String should match pattern"},
    {"input_text", talk(kHi + assistant(R"({"type":"tool_use","id":"a","name":"f","input":"{}"})")),
     "messages.1.content.0.tool_use.input: Input should be a valid dictionary"},
    {"use_of_user", talk(user(kUse)),
     "messages.0.content.0: `tool_use` blocks can only be in `assistant` messages"},
    {"result_of_assistant", talk(kHi + assistant(kResult)),
     "messages.1.content.0: `tool_result` blocks can only be in `user` messages"},
    {"result_block",
     talk(kHi + assistant(kUse) + "," +
          user(R"({"type":"tool_result","tool_use_id":"t1","content":[{"type":"tool_use"}]})")),
     "messages.2.content.0.tool_result.content.0: Input tag 'tool_use'"},
};
INSTANTIATE_TEST_SUITE_P(Tools, RefusedMessage, testing::ValuesIn(kToolCases), name_of);

const Refused kImages[] = {
    {"kind", image(R"("type":"blob")"),
     "messages.0.content.0.image.source: Input tag 'blob' found using 'type' does not match any "
     "of the expected tags: 'base64', 'file', 'url'"},
    {"media_type", image(R"("type":"base64","media_type":"image/bmp","data":"AAAA")"),
     "messages.0.content.0.image.source.base64.media_type: Input should be 'image/jpeg', "
     "'image/png', 'image/gif' or 'image/webp'"},
    {"not_base64", image(R"("type":"base64","media_type":"image/png","data":"hello!")"),
     "messages.0.content.0.image.source.base64: invalid base64 data"},
    {"data_url",
     image(R"("type":"base64","media_type":"image/png","data":"data:image/png;base64,AAAA")"),
     "messages.0.content.0.image.source.base64: invalid base64 data"},
    {"no_image", image(R"("type":"base64","media_type":"image/png","data":"AAAA")"),
     "Could not process image"},
    {"other_type", image(R"("type":"base64","media_type":"image/jpeg","data":")" + kPixel + "\""),
     "messages.0.content.0.image.source.base64.data: Image does not match the provided media type "
     "image/jpeg"},
    {"http", image(R"("type":"url","url":"http://example.com/a.png")"),
     "messages.0.content.0.image.source.url.url: Only HTTPS URLs are supported."},
};
INSTANTIATE_TEST_SUITE_P(Images, RefusedMessage, testing::ValuesIn(kImages), name_of);

const Refused kCache[] = {
    {"kind", talk(user(R"({"type":"text","text":"x","cache_control":{"type":"forever"}})")),
     "messages.0.content.0.text.cache_control: Input tag 'forever'"},
    {"ttl", talk(user(marked("x", "2h"))),
     "messages.0.content.0.text.cache_control.ephemeral.ttl: Input should be '5m' or '1h'"},
    {"five",
     talk(user(marked("a") + "," + marked("b") + "," + marked("c") + "," + marked("d") + "," +
               marked("e"))),
     "A maximum of 4 blocks with cache_control may be provided. Found 5."},
    {"five_with_the_top",
     talk(user(marked("a") + "," + marked("b") + "," + marked("c") + "," + marked("d") + "," +
               kText),
          R"(,"cache_control":{"type":"ephemeral"})"),
     "A maximum of 4 blocks with cache_control may be provided. Found 5."},
    {"long_after_short", talk(user(marked("a") + "," + marked("b", "1h"))),
     "messages.0.content.1.text.cache_control.ttl: a ttl='1h' cache_control block must not come "
     "after a ttl='5m' cache_control block."},
    {"on_thinking",
     talk(kHi + assistant(R"({"type":"thinking","thinking":"","signature":"",)"
                          R"("cache_control":{"type":"ephemeral"}})")),
     "messages.1.content.0.thinking.cache_control: Extra inputs are not permitted"},
};
INSTANTIATE_TEST_SUITE_P(Cache, RefusedMessage, testing::ValuesIn(kCache), name_of);

TEST(MessageRequest, TakesWhatTheProviderTakes) {
  const std::string thought =
      R"({"type":"thinking","thinking":"hm","signature":")" + signature_of("hm", "n") + R"("},)";
  const auto result = read(talk(
      user(kText +
           R"(,{"type":"image","source":{"type":"base64","media_type":"image/png","data":")" +
           kPixel + R"("}},{"type":"image","source":{"type":"url","url":"https://x/y.png"}})") +
          "," + assistant(thought + kText + "," + kUse) + "," +
          user(kResult + R"(,{"type":"text","text":"go on"})"),
      R"(,"system":[{"type":"text","text":"Be kind."}],"temperature":1,"stream":true,)"
      R"("stop_sequences":["END"],"metadata":{"user_id":"u"},"service_tier":"auto",)"
      R"("thinking":{"type":"enabled","budget_tokens":1024,"display":"omitted"},)"
      R"("tool_choice":{"type":"auto","disable_parallel_tool_use":true},)" +
          kTools));
  ASSERT_TRUE(result.has_value()) << result.error().message;
  ASSERT_EQ(result->messages.size(), 5U);
  EXPECT_EQ(result->messages[0].text, "Be kind.");
  EXPECT_EQ(result->messages[3].role, Role::tool);
  EXPECT_EQ(result->messages[3].text, "ok");
  EXPECT_EQ(result->messages[4].text, "go on");
  EXPECT_TRUE(result->stream);
  EXPECT_EQ(result->stop, std::vector<std::string>{"END"});
  EXPECT_EQ(result->tokens_max, 2000);
  EXPECT_FALSE(result->parallel_tool_calls);
  EXPECT_EQ(result->thoughts, Thoughts::hidden);
  EXPECT_EQ(result->tools.at(0).name, "f");
}

TEST(MessageRequest, TakesMessagesOfOneSpeakerAsOne) {
  const auto result = read(talk(kHi + assistant(kUse) + "," + user(kResult) + "," + user(kText)));
  ASSERT_TRUE(result.has_value()) << result.error().message;
  ASSERT_EQ(result->messages.size(), 4U);
  EXPECT_EQ(result->messages[2].role, Role::tool);
  EXPECT_EQ(result->messages[3].role, Role::user);
}

TEST(MessageRequest, CountsAllOfThePrompt) {
  const auto result = read(with(R"("system":"Be kind.",)" + kTools));
  ASSERT_TRUE(result.has_value());
  std::int64_t tokens = 3;
  for (const auto& block : result->cache_blocks) tokens += block.tokens;
  EXPECT_EQ(result->tokens, tokens);
  EXPECT_EQ(result->cache_blocks.size(), 3U);
}

TEST(MessageRequest, ComparesBlocksWithoutTheirMarks) {
  const auto marked_one = read(talk(user(marked("hi"))));
  const auto plain = read(talk(user(kText)));
  const auto text = read(talk(R"({"role":"user","content":"hi"})"));
  EXPECT_EQ(marked_one->cache_blocks.at(0).text, plain->cache_blocks.at(0).text);
  EXPECT_EQ(marked_one->cache_blocks.at(0).text, text->cache_blocks.at(0).text);
  EXPECT_TRUE(marked_one->cache_blocks.at(0).breakpoint);
  EXPECT_FALSE(plain->cache_blocks.at(0).breakpoint);
}

TEST(MessageRequest, WantsItsThoughtsBack) {
  RecentSet calls;
  calls.insert("t1");
  const std::string on = R"(,"thinking":{"type":"enabled","budget_tokens":1024})";
  const std::string history = kHi + assistant(kUse) + "," + user(kResult);
  const auto refused = read_message_request(talk(history, on), {false, false, false, calls});
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("messages.1.content.0.type: Expected `thinking`"),
            std::string::npos);
  EXPECT_TRUE(read_message_request(talk(history), {false, false, false, calls}).has_value());
  EXPECT_TRUE(read(talk(history, on)).has_value());  // not after thoughts of the lab's
}

TEST(MessageRequest, SaysThatItKeepsNoThreads) {
  const auto refused =
      read_message_request(with(R"("thread":{"type":"create"})"), {true, false, true, kNoCalls});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, "thread_unsupported_request");
}

TEST(MessageRequest, CountsTokensWithoutALimit) {
  const RequestRules rules{false, true, false, kNoCalls};
  const std::string hi = R"({"model":"m","messages":[{"role":"user","content":"hi"}])";
  EXPECT_TRUE(read_message_request(hi + "}", rules).has_value());
  const auto refused = read_message_request(hi + R"(,"max_tokens":9})", rules);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "max_tokens: Extra inputs are not permitted");
}

}  // namespace
}  // namespace headgate::lab::anthropic
