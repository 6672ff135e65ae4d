#include "llm/gemini/request_encode.h"

#include <gtest/gtest.h>

#include "base/json/cursor.h"

namespace headgate::llm::gemini {
namespace {

using chat::Dialect;
using chat::Loss;
using chat::Message;
using chat::Part;
using chat::Request;
using chat::Role;
using chat::ToolCall;
using chat::ToolResult;

struct Encoded {
  std::string body;
  chat::Losses losses;

  // "hint tools[0]; meaning user".
  std::string told() const {
    std::string out;
    for (const Loss& loss : losses) {
      if (!out.empty()) out += "; ";
      out += loss.weight == Loss::Weight::hint ? "hint " : "meaning ";
      out += loss.field;
    }
    return out;
  }
};

Encoded encode(const Request& request, std::string_view model = "gemini-3-flash") {
  Encoded out;
  out.body = encode_request(request, {.model = model}, out.losses);
  EXPECT_TRUE(base::json::valid(out.body)) << out.body;
  return out;
}

Message message(Role role, std::vector<Part> parts) { return {role, std::move(parts), {}, {}}; }
Message text(Role role, std::string text) { return message(role, {chat::text_part(text)}); }

Request asked(std::vector<Message> messages, Dialect origin = Dialect::openai_chat) {
  Request request;
  request.origin = origin;
  request.messages = std::move(messages);
  return request;
}

// The contents of what encode() makes of the messages.
std::string contents(std::vector<Message> messages, Dialect origin = Dialect::openai_chat,
                     std::string_view model = "gemini-3-flash") {
  return encode(asked(std::move(messages), origin), model).body;
}

Part call(std::string id, std::string name, std::string arguments, chat::Signature signature = {}) {
  return {ToolCall{std::move(id), std::move(name), std::move(arguments), false, signature}, {}, {}};
}

Part result(std::string id, std::string text, bool is_error = false) {
  return {ToolResult{std::move(id), {}, {chat::text_part(std::move(text))}, is_error}, {}, {}};
}

TEST(gemini_encode, instructions_lead_and_neighbours_merge) {
  const Encoded out =
      encode(asked({text(Role::system, "a"), text(Role::developer, "b"), text(Role::user, "c"),
                    text(Role::user, "d"), text(Role::system, "e"), text(Role::assistant, "f"),
                    text(Role::assistant, ""), text(Role::user, "g")}));
  EXPECT_EQ(out.body,
            R"({"systemInstruction":{"parts":[{"text":"a"},{"text":"b"}]},"contents":[)"
            R"({"role":"user","parts":[{"text":"c"},{"text":"d"},{"text":"e"}]},)"
            R"({"role":"model","parts":[{"text":"f"}]},{"role":"user","parts":[{"text":"g"}]}]})");
  EXPECT_EQ(out.told(), "hint messages[4]");
}

TEST(gemini_encode, a_request_of_our_own_keeps_its_turns) {
  EXPECT_EQ(contents({text(Role::user, "a"), text(Role::user, "b"), text(Role::assistant, "c")},
                     Dialect::gemini),
            R"({"contents":[{"role":"user","parts":[{"text":"a"}]},)"
            R"({"role":"user","parts":[{"text":"b"}]},{"role":"model","parts":[{"text":"c"}]}]})");
}

TEST(gemini_encode, the_user_is_first) {
  EXPECT_EQ(contents({text(Role::assistant, "a")}),
            R"({"contents":[{"role":"user","parts":[{"text":" "}]},)"
            R"({"role":"model","parts":[{"text":"a"}]}]})");
  EXPECT_EQ(contents({text(Role::system, "a")}),
            R"({"systemInstruction":{"parts":[{"text":"a"}]},)"
            R"("contents":[{"role":"user","parts":[{"text":" "}]}]})");
}

TEST(gemini_encode, calls_and_results) {
  const std::vector<Message> messages = {
      text(Role::user, "q"),
      message(Role::assistant, {call("call_1", "f", "{\"x\":1.0}"), call("hgc_2", "g", "")}),
      message(Role::tool, {result("call_1", "sunny"), result("hgc_2", "{\"t\":20.50}")}),
      text(Role::user, "and?")};
  EXPECT_EQ(contents(messages),
            R"({"contents":[{"role":"user","parts":[{"text":"q"}]},{"role":"model","parts":[)"
            R"({"functionCall":{"id":"call_1","name":"f","args":{"x":1.0}},)"
            R"("thoughtSignature":"skip_thought_signature_validator"},)"
            R"({"functionCall":{"name":"g","args":{}}}]},{"role":"user","parts":[)"
            R"({"functionResponse":{"id":"call_1","name":"f","response":{"output":"sunny"}}},)"
            R"({"functionResponse":{"name":"g","response":{"t":20.50}}},{"text":"and?"}]}]})");
}

TEST(gemini_encode, results_as_objects) {
  struct Case {
    std::string text;
    bool is_error;
    std::string_view response;
  };
  for (const Case& c :
       std::vector<Case>{{"plain", false, R"({"output":"plain"})"},
                         {"{\"a\":1}", false, R"({"a":1})"},
                         {"{}", false, R"({"output":"{}"})"},
                         {"[1, 2]", false, R"({"output":[1, 2]})"},
                         {"7", false, R"({"output":"7"})"},
                         {"{\"a\":", false, R"({"output":"{\"a\":"})"},
                         {"{\"output\":1}", false, R"({"output":"{\"output\":1}"})"},
                         {"{\"error\":\"x\"}", false, R"({"output":"{\"error\":\"x\"}"})"},
                         {"{\"error\":\"x\",\"code\":1}", false, R"({"error":"x","code":1})"},
                         {"failed", true, R"({"error":"failed"})"},
                         {"{\"code\":1}", true, R"({"error":{"code":1}})"},
                         {"", true, R"({"error":""})"}}) {
    const std::string out = contents({message(Role::assistant, {call("a", "f", "{}")}),
                                      message(Role::tool, {result("a", c.text, c.is_error)})});
    EXPECT_NE(out.find("\"response\":" + std::string(c.response) + "}"), std::string::npos) << out;
  }
  ToolResult seen{"a", "f", {chat::text_part("x"), chat::text_part("y")}};
  seen.content.push_back({chat::Media{chat::MediaKind::image, "image/png", "QUJD"}, {}, {}});
  seen.content.push_back({chat::Refusal{"no"}, {}, {}});
  const Encoded out = encode(asked({message(Role::tool, {{seen, {}, {}}})}, Dialect::anthropic));
  EXPECT_NE(out.body.find(R"("response":{"output":"x\ny"},"parts":[{"inlineData":)"
                          R"({"mimeType":"image/png","data":"QUJD"}}])"),
            std::string::npos)
      << out.body;
  EXPECT_EQ(out.told(), "meaning messages[0].content[0]");
}

TEST(gemini_encode, models_that_take_no_media_in_results_get_them_behind) {
  ToolResult seen{"a", "f", {chat::text_part("x")}};
  seen.content.push_back({chat::Media{chat::MediaKind::image, "image/png", "QUJD"}, {}, {}});
  const std::string body =
      contents({text(Role::user, "q"), message(Role::assistant, {call("a", "f", "{}")}),
                message(Role::tool, {{seen, {}, {}}, {seen, {}, {}}})},
               Dialect::anthropic, "gemini-2.5-flash");
  const std::string response =
      R"({"functionResponse":{"id":"a","name":"f","response":{"output":"x"}}})";
  const std::string image = R"({"inlineData":{"mimeType":"image/png","data":"QUJD"}})";
  EXPECT_TRUE(body.ends_with(response + "," + response + "," + image + "," + image + "]}]}"))
      << body;
}

TEST(gemini_encode, a_result_without_a_call) {
  const Encoded out = encode(asked({message(Role::tool, {result("gone", "x")})}));
  EXPECT_NE(out.body.find(R"("functionResponse":{"id":"gone","name":"unknown",)"),
            std::string::npos);
  EXPECT_EQ(out.told(), "meaning messages[0].content[0]");
}

TEST(gemini_encode, arguments_that_are_no_object) {
  const Encoded out = encode(asked({message(Role::assistant, {call("a", "f", "{\"x\":")})}));
  EXPECT_NE(out.body.find(R"("args":{"arguments":"{\"x\":"})"), std::string::npos);
  EXPECT_EQ(out.told(), "hint messages[0].content[0]");
}

TEST(gemini_encode, signatures) {
  const chat::Signature ours{Dialect::gemini, "sig"};
  const chat::Signature theirs{Dialect::anthropic, "other"};
  const auto model_turn = [](std::vector<Part> parts) {
    return std::vector<Message>{text(Role::user, "q"), message(Role::assistant, std::move(parts))};
  };
  const std::string begin =
      R"({"contents":[{"role":"user","parts":[{"text":"q"}]},{"role":"model","parts":[)";
  // Ours go back onto the part that they came with; the second call needs none.
  EXPECT_EQ(contents(model_turn({call("a", "f", "{}", ours), call("b", "g", "{}")})),
            begin + R"({"functionCall":{"id":"a","name":"f","args":{}},"thoughtSignature":"sig"},)"
                    R"({"functionCall":{"id":"b","name":"g","args":{}}}]}]})");
  // Models before Gemini 3 do not check.
  EXPECT_EQ(contents(model_turn({call("a", "f", "{}")}), Dialect::openai_chat, "gemini-2.5-pro"),
            begin + R"({"functionCall":{"id":"a","name":"f","args":{}}}]}]})");
  const Encoded foreign = encode(asked(model_turn({call("a", "f", "{}", theirs)})));
  EXPECT_EQ(foreign.body, begin + R"({"functionCall":{"id":"a","name":"f","args":{}},)"
                                  R"("thoughtSignature":"skip_thought_signature_validator"}]}]})");
  EXPECT_EQ(foreign.told(), "hint messages[1].content[0]");
  const auto thought = [](std::string words, bool is_summary, chat::Signature signature) {
    chat::Reasoning reasoning;
    reasoning.text = std::move(words);
    reasoning.is_summary = is_summary;
    reasoning.signature = std::move(signature);
    return Part{reasoning, {}, {}};
  };
  EXPECT_EQ(contents(model_turn({thought("why", true, ours), chat::text_part("so"),
                                 thought("", false, {Dialect::gemini, "end"})})),
            begin + R"({"text":"why","thought":true,"thoughtSignature":"sig"},)"
                    R"({"text":"so","thoughtSignature":"end"}]}]})");
  const Encoded lost =
      encode(asked(model_turn({thought("why", false, theirs), thought("because", false, {}),
                               chat::text_part("so")}),
                   Dialect::anthropic));
  EXPECT_EQ(lost.body, begin + R"({"text":"so"}]}]})");
  EXPECT_EQ(lost.told(), "hint messages[1].content[0]; hint messages[1].content[1]");
}

TEST(gemini_encode, media) {
  using chat::Media;
  using chat::MediaKind;
  const auto user = [](Media media) {
    return std::vector<Message>{message(Role::user, {{std::move(media), {}, {}}})};
  };
  const std::string begin = R"({"contents":[{"role":"user","parts":[{)";
  EXPECT_EQ(contents(user({MediaKind::image, "", "/9j/AAAA"})),
            begin + R"("inlineData":{"mimeType":"image/jpeg","data":"/9j/AAAA"}}]}]})");
  EXPECT_EQ(contents(user({MediaKind::document, "", "AAAA"})),
            begin + R"("inlineData":{"mimeType":"application/octet-stream","data":"AAAA"}}]}]})");
  EXPECT_EQ(contents(user({MediaKind::image, "", "", "https://x.org/a.PNG/b.webp?x=.gif"})),
            begin + R"("fileData":{"mimeType":"image/webp",)"
                    R"("fileUri":"https://x.org/a.PNG/b.webp?x=.gif"}}]}]})");
  EXPECT_EQ(contents(user({MediaKind::image, "", "", "https://x.org/a"})),
            begin + R"("fileData":{"fileUri":"https://x.org/a"}}]}]})");
  const Encoded stored = encode(asked(user({MediaKind::image, "", "", "", "file-1"})));
  EXPECT_EQ(stored.body, R"({"contents":[{"role":"user","parts":[{"text":" "}]}]})");
  EXPECT_EQ(stored.told(), "meaning messages[0].content[0]");
  const Encoded detail =
      encode(asked(user({MediaKind::image, "image/png", "QUJD", "", "", "", "high"})));
  EXPECT_EQ(detail.told(), "hint messages[0].content[0].detail");
}

TEST(gemini_encode, tools) {
  Request request = asked({text(Role::user, "q")});
  chat::Tool f;
  f.name = "f";
  f.description = "d";
  f.schema = R"({"$schema":"s","type":"object","properties":{"a":{"type":"string",)"
             R"("pattern":"p","minLength":1},"b":{"pattern":"q"}}})";
  f.strict = true;
  chat::Tool custom;
  custom.kind = chat::ToolKind::custom;
  custom.name = "free";
  chat::Tool search;
  search.kind = chat::ToolKind::builtin;
  search.name = "web_search";
  chat::Tool g;
  g.name = "g";
  g.extras.push_back({"defer_loading", "true"});
  request.tools = {f, custom, search, g};
  request.tool_choice = chat::ToolChoice{chat::ToolMode::required};
  request.parallel_tool_calls = false;
  const Encoded out = encode(request);
  EXPECT_NE(
      out.body.find(
          R"("tools":[{"functionDeclarations":[{"name":"f","description":"d",)"
          R"("parametersJsonSchema":{"type":"object","properties":{"a":{"type":"string"},)"
          R"("b":{}}}},{"name":"g"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY"}})"),
      std::string::npos)
      << out.body;
  EXPECT_EQ(out.told(),
            "meaning tools[1]; meaning tools[2]; hint tools[0]; hint tools[0]; hint tools[0]; "
            "meaning tools[3].defer_loading; meaning parallel_tool_calls");
  EXPECT_EQ(out.losses[2].why, "Gemini's schemas have no 'pattern', which tool 'f' uses");
  EXPECT_EQ(out.losses[3].why, "Gemini's schemas have no 'minLength', which tool 'f' uses");
  // Without functions there is nothing to choose from.
  request.tools = {custom};
  EXPECT_EQ(encode(request).body.find("tool"), std::string::npos);
}

TEST(gemini_encode, tool_choice) {
  struct Case {
    chat::ToolChoice choice;
    std::string_view config;
  };
  using chat::ToolMode;
  for (const Case& c : std::vector<Case>{
           {{ToolMode::automatic}, R"({"mode":"AUTO"})"},
           {{ToolMode::none}, R"({"mode":"NONE"})"},
           {{ToolMode::required}, R"({"mode":"ANY"})"},
           {{ToolMode::named, {"f"}}, R"({"mode":"ANY","allowedFunctionNames":["f"]})"},
           {{ToolMode::allowed, {"f", "g"}, true},
            R"({"mode":"ANY","allowedFunctionNames":["f","g"]})"},
           {{ToolMode::allowed, {"f"}, false},
            R"({"mode":"VALIDATED","allowedFunctionNames":["f"]})"}}) {
    Request request = asked({text(Role::user, "q")});
    request.tools.emplace_back().name = "f";
    request.tool_choice = c.choice;
    const std::string body = encode(request).body;
    EXPECT_NE(body.find("\"functionCallingConfig\":" + std::string(c.config) + "}"),
              std::string::npos)
        << body;
  }
}

TEST(gemini_encode, config) {
  Request request = asked({text(Role::user, "q")});
  request.output_tokens_max = 10;
  request.candidates = 2;
  request.logprobs = true;
  request.top_logprobs = 5;
  request.stop = {"1", "2", "3", "4", "5", "6"};
  request.temperature = "0.70";
  request.top_p = "1.0";
  request.top_k = "4";
  request.presence_penalty = "0.5";
  request.frequency_penalty = "0.25";
  request.seed = "12345678901";
  chat::OutputFormat& format = request.format.emplace();
  format.kind = chat::FormatKind::json_schema;
  format.name = "n";
  format.description = "d";
  format.schema = R"({"type":"object","minProperties":1})";
  format.strict = true;
  const Encoded out = encode(request);
  EXPECT_NE(
      out.body.find(R"("generationConfig":{"maxOutputTokens":10,"candidateCount":2,)"
                    R"("responseLogprobs":true,"logprobs":5,"stopSequences":["1","2","3","4","5"],)"
                    R"("temperature":0.70,"topP":1.0,"topK":4,"presencePenalty":0.5,)"
                    R"("frequencyPenalty":0.25,"responseMimeType":"application/json",)"
                    R"("responseJsonSchema":{"type":"object"}})"),
      std::string::npos)
      << out.body;
  EXPECT_EQ(out.told(),
            "meaning stop; hint seed; hint response_format.schema; "
            "hint response_format.description");
}

struct Thinking {
  std::string_view model;
  chat::ReasoningWish wish;
  std::string_view config;  // "" : none
  std::string_view told;
};

TEST(gemini_encode, thinking) {
  const auto effort = [](std::string word) {
    chat::ReasoningWish wish;
    wish.effort = std::move(word);
    return wish;
  };
  chat::ReasoningWish shown = effort("medium");
  shown.show = true;
  chat::ReasoningWish summary = effort("low");
  summary.summary = "auto";
  chat::ReasoningWish budget;
  budget.budget_tokens = 5000;
  chat::ReasoningWish large;
  large.budget_tokens = 100'000;
  chat::ReasoningWish both = effort("high");
  both.budget_tokens = 5000;
  chat::ReasoningWish adaptive;
  adaptive.mode = "adaptive";
  chat::ReasoningWish disabled;
  disabled.mode = "disabled";
  const std::string_view kEffort = "hint reasoning_effort";
  for (const Thinking& c : std::vector<Thinking>{
           {"gemini-3-flash", effort("low"), R"({"thinkingLevel":"LOW"})", ""},
           {"gemini-3-flash", effort("minimal"), R"({"thinkingLevel":"MINIMAL"})", ""},
           {"gemini-3-flash", effort("none"), R"({"thinkingLevel":"MINIMAL"})", kEffort},
           {"gemini-3.1-pro", effort("none"), R"({"thinkingLevel":"LOW"})", kEffort},
           {"gemini-3.1-pro", effort("minimal"), R"({"thinkingLevel":"LOW"})", kEffort},
           {"gemini-4-argon", effort("xhigh"), R"({"thinkingLevel":"HIGH"})", kEffort},
           {"gemini-12-x", effort("max"), R"({"thinkingLevel":"HIGH"})", kEffort},
           {"gemini-flash-latest", effort("high"), R"({"thinkingLevel":"HIGH"})", ""},
           {"alias", effort("odd"), R"({"thinkingLevel":"HIGH"})", kEffort},
           {"gemini-3-flash", shown, R"({"includeThoughts":true,"thinkingLevel":"MEDIUM"})", ""},
           {"gemini-3-flash", summary, R"({"includeThoughts":true,"thinkingLevel":"LOW"})", ""},
           {"gemini-3-flash", budget, R"({"thinkingBudget":5000})", ""},
           {"gemini-3-flash", both, R"({"thinkingLevel":"HIGH"})", kEffort},
           {"gemini-3-flash", adaptive, R"({"thinkingBudget":-1})", ""},
           {"gemini-3-flash", disabled, R"({"thinkingLevel":"MINIMAL"})", kEffort},
           {"gemini-2.5-flash", effort("none"), R"({"thinkingBudget":0})", ""},
           {"gemini-2.5-flash", effort("minimal"), R"({"thinkingBudget":1024})", ""},
           {"gemini-2.5-flash", effort("low"), R"({"thinkingBudget":1024})", ""},
           {"gemini-2.5-flash", effort("medium"), R"({"thinkingBudget":8192})", ""},
           {"gemini-2.5-flash", effort("high"), R"({"thinkingBudget":24576})", ""},
           {"gemini-2.5-flash", effort("max"), R"({"thinkingBudget":24576})", kEffort},
           {"gemini-2.5-flash", large, R"({"thinkingBudget":24576})", kEffort},
           {"gemini-2.5-pro", large, R"({"thinkingBudget":32768})", kEffort},
           {"gemini-2.5-pro", disabled, R"({"thinkingBudget":128})", kEffort},
           {"gemini-2.5-pro", both, R"({"thinkingBudget":5000})", ""},
           {"gemini-2.0-flash", effort("high"), "", kEffort},
           {"gemini-2.0-flash", effort("none"), "", ""},
           {"gemma-3-27b-it", effort("high"), "", kEffort}}) {
    Request request = asked({text(Role::user, "q")});
    request.reasoning = c.wish;
    const Encoded out = encode(request, c.model);
    const std::string expected = "\"thinkingConfig\":" + std::string(c.config) + "}";
    const bool found = out.body.find(expected) != std::string::npos;
    EXPECT_EQ(found, !c.config.empty()) << c.model << " " << out.body;
    EXPECT_EQ(out.told(), c.told) << c.model << " " << out.body;
  }
}

TEST(gemini_encode, what_gemini_has_no_word_for) {
  Request request = asked({text(Role::user, "q")});
  request.user = "u";
  request.cache_key = "k";
  request.metadata = "{}";
  request.store = true;
  request.service_tier = "scale";
  request.previous_response_id = "r";
  request.extras.push_back({"logit_bias", R"({"1":5})"});
  request.extras.push_back({"verbosity", "\"low\""});
  request.extras.push_back({"functions", "[]"});
  request.messages[0].name = "bob";
  request.messages[0].parts[0].cache.emplace();
  request.messages[0].parts[0].extras.push_back({"x", "1"});
  request.messages[0].parts[0].as<chat::Text>()->annotations = "[]";
  EXPECT_EQ(encode(request).told(),
            "hint messages[0].name; hint messages[0].content[0]; meaning messages[0].content[0].x; "
            "hint messages[0].content[0].annotations; hint service_tier; hint user; "
            "hint prompt_cache_key; meaning previous_response_id; hint metadata; hint store; "
            "meaning logit_bias; hint verbosity");
}

TEST(gemini_encode, parts_of_others) {
  const Encoded out =
      encode(asked({text(Role::system, "s"),
                    message(Role::assistant,
                            {{chat::Opaque{Dialect::anthropic, "server_tool_use", "{}"}, {}, {}},
                             {chat::Refusal{"no"}, {}, {}}})},
                   Dialect::anthropic));
  EXPECT_EQ(out.body, R"({"systemInstruction":{"parts":[{"text":"s"}]},"contents":[{"role":"user",)"
                      R"("parts":[{"text":" "}]},{"role":"model","parts":[{"text":"no"}]}]})");
  EXPECT_EQ(out.told(), "meaning messages[0].content[0]; hint messages[0].content[1]");
  const Encoded image = encode(asked(
      {message(Role::system, {{chat::Media{chat::MediaKind::image, "image/png", "QUJD"}, {}, {}}}),
       text(Role::user, "q")},
      Dialect::openai_responses));
  EXPECT_EQ(image.told(), "meaning instructions.content[0]");
}

TEST(gemini_encode, tiers) {
  for (const auto& [tier, written] :
       std::vector<std::pair<std::string, std::string>>{{"auto", ""},
                                                        {"default", "standard"},
                                                        {"flex", "flex"},
                                                        {"priority", "priority"},
                                                        {"standard_only", "standard"}}) {
    Request request = asked({text(Role::user, "q")});
    request.service_tier = tier;
    const Encoded out = encode(request);
    EXPECT_TRUE(out.losses.empty());
    const bool found = out.body.find("\"serviceTier\":\"" + written + "\"") != std::string::npos;
    EXPECT_EQ(found, !written.empty()) << out.body;
  }
}

}  // namespace
}  // namespace headgate::llm::gemini
