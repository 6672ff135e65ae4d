#include "lab/gemini/generate_request.h"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "lab/formats/signature.h"
#include "lab/gemini/call_signature.h"
#include "lab/gemini/embed.h"

namespace headgate::lab::gemini {
namespace {

const RecentSet kNoCalls;

/// A valid request with `members` added.
std::string with(const std::string& members) {
  return R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}],)" + members + "}";
}
std::string talk(const std::string& contents, const std::string& members = {}) {
  return R"({"contents":[)" + contents + "]" + members + "}";
}
std::string user(const std::string& parts) { return R"({"role":"user","parts":[)" + parts + "]}"; }
std::string model(const std::string& parts) {
  return R"({"role":"model","parts":[)" + parts + "]}";
}
std::string config(const std::string& members) {
  return with(R"("generationConfig":{)" + members + "}");
}
std::string function(const std::string& members) {
  return with(R"("tools":[{"functionDeclarations":[{)" + members + "}]}]");
}

const std::string kText = R"({"text":"hi"})";
const std::string kCall = R"({"functionCall":{"name":"f","args":{"b":1,"a":2.0}}})";
const std::string kResult = R"({"functionResponse":{"name":"f","response":{"ok":true}}})";
const std::string kTools = R"("tools":[{"functionDeclarations":[{"name":"f"}]}])";
const std::string kCallTurn =
    "Please ensure that function call turn comes immediately after a user turn or after a";
const std::string kNumber =
    "Please ensure that the number of function response parts is equal to the number of function "
    "call parts of the function call turn.";

std::string calling(const std::string& members, const std::string& tools = kTools) {
  return with(tools + R"(,"toolConfig":{"functionCallingConfig":{)" + members + "}}");
}

struct Refused {
  std::string name;
  std::string body;
  std::string message;  // as it begins
};
std::ostream& operator<<(std::ostream& out, const Refused& refused) { return out << refused.name; }

class RefusedContent : public testing::TestWithParam<Refused> {};

TEST_P(RefusedContent, GetsTheProvidersError) {
  const auto result = read_generate_request(GetParam().body, kNoCalls);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().status, 400);
  EXPECT_EQ(result.error().message.substr(0, GetParam().message.size()), GetParam().message);
}

std::string name_of(const testing::TestParamInfo<Refused>& test) { return test.param.name; }

const Refused kTypes[] = {
    {"not_json", "{", "Invalid JSON payload received."},
    {"array", "[]", "Invalid JSON payload received."},
    {"too_deep", std::string(200, '[') + std::string(200, ']'), "Invalid JSON payload received."},
    {"unknown", with(R"("messages":[])"),
     "Invalid JSON payload received. Unknown name \"messages\": Cannot find field."},
    {"unknown_inside", config(R"("max_tokens":5)"),
     "Invalid JSON payload received. Unknown name \"max_tokens\" at 'generation_config': Cannot "
     "find field."},
    {"unknown_in_single", R"({"contents":{"parts":{"role":"user"}}})",
     "Invalid JSON payload received. Unknown name \"role\" at 'contents.parts': Cannot find field"},
    {"two_at_once", with(R"("a":1,"b":2)"),
     "Invalid JSON payload received. Unknown name \"a\": Cannot find field.\nInvalid JSON payload "
     "received. Unknown name \"b\": Cannot find field."},
    {"schema_word",
     function(R"("name":"f","parameters":{"type":"OBJECT","properties":{"x":{"type":"OBJECT",)"
              R"("additionalProperties":false}}})"),
     "Invalid JSON payload received. Unknown name \"additionalProperties\" at "
     "'tools[0].function_declarations[0].parameters.properties[0].value': Cannot find field."},
    {"text_number", talk(user(R"({"text":5})")),
     "Invalid value at 'contents[0].parts[0].text' (TYPE_STRING), 5"},
    {"content_text", talk(R"("hi")"),
     "Invalid value at 'contents[0]' "
     "(type.googleapis.com/google.ai.generativelanguage.v1beta.Content), \"hi\""},
    {"list_for_one", with(R"("generationConfig":[])"),
     "Invalid JSON payload received. Unknown name \"generationConfig\" at 'generation_config': "
     "Proto field is not repeating, cannot start list."},
    {"temperature_text", config(R"("temperature":"hot")"),
     "Invalid value at 'generation_config.temperature' (TYPE_FLOAT), \"hot\""},
    {"half_token", config(R"("maxOutputTokens":1.5)"),
     "Invalid value at 'generation_config.max_output_tokens' (TYPE_INT32), 1.5E0"},
    {"mode", calling(R"("mode":"SOME")"),
     "Invalid value at 'tool_config.function_calling_config.mode' "
     "(type.googleapis.com/google.ai.generativelanguage.v1beta.FunctionCallingConfig.Mode), "
     "\"SOME\""},
    {"bytes", talk(user(R"({"inlineData":{"mimeType":"image/png","data":"hello!"}})")),
     "Invalid value at 'contents[0].parts[0].inline_data.data' (TYPE_BYTES), Base64 decoding "
     "failed for \"hello!\""},
    {"one_of", talk(user(R"({"text":"x","inlineData":{"mimeType":"image/png","data":""}})")),
     "Invalid value at 'contents[0].parts[0]' (oneof), oneof field 'data' is already set. Cannot "
     "set 'inlineData'"},
    {"args_text", talk(user(kText) + "," + model(R"({"functionCall":{"name":"f","args":"{}"}})")),
     "Invalid value at 'contents[1].parts[0].function_call.args' (Map), \"{}\""},
};
INSTANTIATE_TEST_SUITE_P(Types, RefusedContent, testing::ValuesIn(kTypes), name_of);

const Refused kContents[] = {
    {"none", "{}", "* GenerateContentRequest.contents: contents is not specified\n"},
    {"empty", talk(""), "* GenerateContentRequest.contents: contents is not specified\n"},
    {"role", talk(R"({"role":"assistant","parts":[{"text":"x"}]})"),
     "Please use a valid role: user, model."},
    {"no_parts", talk(R"({"role":"user"})"),
     "* GenerateContentRequest.contents[0].parts: contents.parts must not be empty.\n"},
    {"no_data", talk(user("{}")),
     "* GenerateContentRequest.contents[0].parts[0].data: required oneof field 'data' must have "
     "one initialized field\n"},
    {"call_first", talk(model(kCall) + "," + user(kResult)), kCallTurn},
    {"call_of_user", talk(user(kCall)), kCallTurn},
    {"lone_result", talk(user(kResult)),
     "Please ensure that function response turn comes immediately after a function call turn."},
    {"unanswered", talk(user(kText) + "," + model(kCall) + "," + user(kText)), kNumber},
    {"unanswered_at_end", talk(user(kText) + "," + model(kCall)), kNumber},
    {"one_of_two", talk(user(kText) + "," + model(kCall + "," + kCall) + "," + user(kResult)),
     kNumber},
    {"nameless_result",
     talk(user(kText) + "," + model(kCall) + "," + user(R"({"functionResponse":{"name":""}})")),
     "* GenerateContentRequest.contents[2].parts[0].function_response.name: Name cannot be empty"},
    {"bad_signature",
     talk(user(kText) + "," +
          model(R"({"functionCall":{"name":"f","args":{}},"thoughtSignature":"AAAA"})") + "," +
          user(kResult)),
     "Corrupted thought signature."},
    {"signature_of_another_call",
     talk(user(kText) + "," +
          model(R"({"functionCall":{"name":"f","args":{}},"thoughtSignature":")" +
                signature_of(signed_call("g", boost::json::object()), "n") + "\"}") +
          "," + user(kResult)),
     "Corrupted thought signature."},
    {"media_type", talk(user(R"({"inlineData":{"mimeType":"application/zip","data":"AAAA"}})")),
     "Unsupported MIME type: application/zip"},
    {"no_image", talk(user(R"({"inlineData":{"mimeType":"image/png","data":"AAAA"}})")),
     "Provided image is not valid."},
    {"no_uri", talk(user(R"({"fileData":{"mimeType":"image/png"}})")),
     "* GenerateContentRequest.contents[0].parts[0].file_data.file_uri: file_uri must be"},
    {"empty_system", with(R"("systemInstruction":{"parts":[]})"),
     "* GenerateContentRequest.system_instruction.parts: contents.parts must not be empty.\n"},
};
INSTANTIATE_TEST_SUITE_P(Contents, RefusedContent, testing::ValuesIn(kContents), name_of);

const Refused kConfigs[] = {
    {"hot", config(R"("temperature":2.5)"),
     "* GenerateContentRequest.generation_config.temperature: must be in the range [0, 2]\n"},
    {"no_tokens", config(R"("maxOutputTokens":0)"),
     "* GenerateContentRequest.generation_config.max_output_tokens: must be in the range"},
    {"candidates", config(R"("candidateCount":9)"),
     "* GenerateContentRequest.generation_config.candidate_count: must be in the range [1, 8]\n"},
    {"stops", config(R"("stopSequences":["1","2","3","4","5","6"])"),
     "* GenerateContentRequest.generation_config.stop_sequences: at most 5"},
    {"mime", config(R"("responseMimeType":"text/html")"),
     "* GenerateContentRequest.generation_config.response_mime_type: allowed mimetypes are"},
    {"schema_alone", config(R"("responseSchema":{"type":"STRING"})"),
     "* GenerateContentRequest.generation_config.response_mime_type: a response schema"},
    {"two_schemas",
     config(R"("responseMimeType":"application/json","responseSchema":{"type":"STRING"},)"
            R"("responseJsonSchema":{"type":"string"})"),
     "* GenerateContentRequest.generation_config.response_json_schema: response_schema and"},
    {"empty_object",
     config(R"("responseMimeType":"application/json","responseSchema":{"type":"OBJECT"})"),
     "* GenerateContentRequest.generation_config.response_schema.properties: should be non-empty "
     "for OBJECT type\n"},
    {"no_items",
     config(R"("responseMimeType":"application/json","responseSchema":{"type":"ARRAY"})"),
     "* GenerateContentRequest.generation_config.response_schema.items: missing field.\n"},
    {"required",
     config(R"("responseMimeType":"application/json","responseSchema":{"type":"OBJECT",)"
            R"("properties":{"a":{"type":"STRING"}},"required":["b"]})"),
     "* GenerateContentRequest.generation_config.response_schema.required: property 'b' is not"},
    {"thinking_both", config(R"("thinkingConfig":{"thinkingBudget":5,"thinkingLevel":"LOW"})"),
     "You can only set only one of thinking budget and thinking level."},
};
INSTANTIATE_TEST_SUITE_P(Configs, RefusedContent, testing::ValuesIn(kConfigs), name_of);

const Refused kToolCases[] = {
    {"name", function(R"("name":"a b")"),
     "* GenerateContentRequest.tools[0].function_declarations[0].name: [FIELD_INVALID] Invalid"},
    {"both_parameters",
     function(R"("name":"f","parameters":{"type":"STRING"},"parametersJsonSchema":{})"),
     "* GenerateContentRequest.tools[0].function_declarations[0]: parameters and"},
    {"empty_parameters", function(R"("name":"f","parameters":{"type":"OBJECT","properties":{}})"),
     "* GenerateContentRequest.tools[0].function_declarations[0].parameters.properties: should be"},
    {"twice", function(R"("name":"f"},{"name":"f")"), "Duplicate function declaration found: f"},
    {"any_alone", with(R"("toolConfig":{"functionCallingConfig":{"mode":"ANY"}})"),
     "* GenerateContentRequest.tool_config.function_calling_config: Function calling config is "
     "set without function_declarations.\n"},
    {"names_of_auto", calling(R"("mode":"AUTO","allowedFunctionNames":["f"])"),
     "* GenerateContentRequest.tool_config.function_calling_config.allowed_function_names: only"},
    {"other_name", calling(R"("mode":"ANY","allowedFunctionNames":["g"])"),
     "* GenerateContentRequest.tool_config.function_calling_config.allowed_function_names: func"},
};
INSTANTIATE_TEST_SUITE_P(Tools, RefusedContent, testing::ValuesIn(kToolCases), name_of);

TEST(GenerateRequest, NamesEveryField) {
  const auto result =
      read_generate_request(R"({"contents":{"parts":[{"text":1}]},"x":1})", kNoCalls);
  ASSERT_FALSE(result.has_value());
  ASSERT_EQ(result.error().violations.size(), 2U);
  EXPECT_EQ(result.error().violations[0].field, "contents.parts[0].text");
  EXPECT_EQ(result.error().violations[1].field, "");
}

TEST(GenerateRequest, TakesWhatTheProviderTakes) {
  const auto result = read_generate_request(
      R"({"system_instruction":{"parts":{"text":"Be kind."}},"contents":[)" + user(kText) + "," +
          model(R"({"text":"hm","thought":true},{"text":"Let "},{"text":"me see."})") + "," +
          model(kCall) + "," + user(kResult) + "," + user(R"({"text":"go on"})") +
          R"(],"generation_config":{"temperature":1,"maxOutputTokens":"20","stop_sequences":["E"],)"
          R"("candidateCount":2,"thinkingConfig":{"includeThoughts":true,"thinkingLevel":"LOW"}},)"
          R"("safetySettings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"OFF"}],)" +
          kTools + R"(,"toolConfig":{"functionCallingConfig":{"mode":"ANY"}}})",
      kNoCalls);
  ASSERT_TRUE(result.has_value()) << result.error().message;
  ASSERT_EQ(result->messages.size(), 5U);
  EXPECT_EQ(result->messages[0].text, "Be kind.");
  EXPECT_EQ(result->messages[2].text, "Let me see.");
  EXPECT_EQ(result->messages[3].role, Role::tool);
  EXPECT_EQ(result->messages[3].text, R"({"ok":true})");
  EXPECT_EQ(result->messages[4].text, "go on");
  EXPECT_EQ(result->tokens_max, 20);
  EXPECT_EQ(result->choices, 2);
  EXPECT_EQ(result->stop, std::vector<std::string>{"E"});
  EXPECT_EQ(result->thoughts, Thoughts::shown);
  EXPECT_EQ(result->tool_choice, ToolChoice::required);
}

TEST(GenerateRequest, ReadsGooglesSchemas) {
  const auto result = read_generate_request(
      config(R"("responseMimeType":"application/json","responseSchema":{"type":"OBJECT",)"
             R"("properties":{"a":{"type":"STRING","nullable":true},"b":{"type":"ARRAY",)"
             R"("items":{"type":"INTEGER"},"minItems":"2"}},"required":["a"]})"),
      kNoCalls);
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result->format, ReplyFormat::json_schema);
  EXPECT_EQ(boost::json::serialize(result->schema),
            R"({"required":["a"],"type":"object","properties":{"a":{"type":["string","null"]},)"
            R"("b":{"minItems":2,"type":"array","items":{"type":"integer"}}}})");
}

TEST(GenerateRequest, WantsItsSignaturesBack) {
  RecentSet calls;
  const auto args = boost::json::value{{"a", 2}, {"b", 1}};
  calls.insert(signed_call("f", args));
  const std::string history = user(kText) + "," + model(kCall) + "," + user(kResult);
  const auto refused = read_generate_request(talk(history), calls);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("missing a thought_signature"), std::string::npos);
  EXPECT_NE(refused.error().message.find("`default_api:f` , position 2."), std::string::npos);
  // What came before the user's last word is not asked for.
  const std::string later = history + "," + model(kText) + "," + user(kText);
  EXPECT_TRUE(read_generate_request(talk(later), calls).has_value());

  const auto with_signature = [&](const std::string& signature) {
    return talk(user(kText) + "," +
                model(R"({"functionCall":{"name":"f","args":{"b":1,"a":2}},"thoughtSignature":")" +
                      signature + "\"}") +
                "," + user(kResult));
  };
  EXPECT_TRUE(
      read_generate_request(with_signature(signature_of(signed_call("f", args), "n")), calls)
          .has_value());
  for (const std::string word :
       {"skip_thought_signature_validator", "context_engineering_is_the_way_to_go"}) {
    EXPECT_TRUE(read_generate_request(with_signature(word), calls).has_value());
  }
}

TEST(CountRequest, TakesContentsOrAWholeRequest) {
  const std::string contents = R"("contents":[{"parts":[{"text":"hi there"}]}])";
  const auto plain = read_count_request("{" + contents + "}", kNoCalls);
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->tokens, 3);
  const auto whole =
      read_count_request(R"({"generateContentRequest":{"model":"models/m",)" + contents +
                             R"(,"systemInstruction":{"parts":[{"text":"Be kind."}]}}})",
                         kNoCalls);
  ASSERT_TRUE(whole.has_value());
  EXPECT_EQ(whole->tokens, 7);
  EXPECT_FALSE(read_count_request("{" + contents + R"(,"generateContentRequest":{}})", kNoCalls)
                   .has_value());
}

TEST(EmbedRequest, IsReadStrictly) {
  const std::string content = R"("content":{"parts":[{"text":"a"},{"text":"b"}]})";
  const auto one = read_embed_request("{" + content + R"(,"outputDimensionality":8})", "m");
  ASSERT_TRUE(one.has_value());
  EXPECT_EQ(one->inputs.at(0).text, "a\nb");
  EXPECT_EQ(one->inputs.at(0).dimensions, 8U);
  const std::string entry = R"({"model":"models/m",)" + content + "}";
  const auto two = read_batch_embed_request(R"({"requests":[)" + entry + "," + entry + "]}", "m");
  ASSERT_TRUE(two.has_value());
  EXPECT_EQ(two->inputs.size(), 2U);

  EXPECT_FALSE(read_embed_request("{}", "m").has_value());
  EXPECT_FALSE(read_embed_request("{" + content + R"(,"outputDimensionality":0})", "m"));
  EXPECT_FALSE(read_embed_request("{" + content + R"(,"title":"t"})", "m").has_value());
  EXPECT_FALSE(read_batch_embed_request(R"({"requests":[]})", "m").has_value());
  EXPECT_FALSE(read_batch_embed_request(R"({"requests":[)" + entry + "]}", "other").has_value());
}

}  // namespace
}  // namespace headgate::lab::gemini
