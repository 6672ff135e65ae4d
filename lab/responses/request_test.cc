#include "lab/responses/request.h"

#include <gtest/gtest.h>

#include "lab/responses/refusal_test.h"

namespace headgate::lab::responses {
namespace {

const Refused kCapabilities[] = {
    {"temperature", asked_of("gpt-5.6-terra", R"("temperature":0.5)"), "temperature", "",
     "Unsupported parameter: 'temperature' is not supported with this model."},
    {"top_p", asked_of("o3", R"("top_p":1)"), "top_p", "",
     "Unsupported parameter: 'top_p' is not supported with this model."},
    {"penalty", asked_of("gpt-6", R"("presence_penalty":0.5)"), "presence_penalty", "",
     "Unsupported parameter: 'presence_penalty' is not supported with this model."},
    {"minimal", asked_of("gpt-5.6-terra", R"("reasoning":{"effort":"minimal"})"),
     "reasoning.effort", "unsupported_value",
     "Unsupported value: 'minimal' is not supported with the 'gpt-5.6-terra' model. Supported "
     "values are: 'none', 'low', 'medium', 'high', 'xhigh', and 'max'."},
    {"logprobs",
     asked_of("gpt-5", R"("include":["message.output_text.logprobs"],"top_logprobs":1)"), "include",
     "unsupported_parameter", "logprobs are not supported with reasoning models."},
    {"plain_effort", asked_of("gpt-4o", R"("reasoning":{"effort":"low"})"), "reasoning.effort",
     "unsupported_parameter",
     "Unsupported parameter: 'reasoning.effort' is not supported with this model."},
    {"plain_encrypted", asked_of("gpt-4.1", R"("include":["reasoning.encrypted_content"])"),
     "include", "", "Encrypted content is not supported with this model."},
    {"plain_verbosity", asked_of("gpt-4o", R"("text":{"verbosity":"low"})"), "text.verbosity",
     "unsupported_value",
     "Unsupported value: 'low' is not supported with the 'gpt-4o' model. Supported values are: "
     "'medium'."},
};
TEST(RefusedResponse, Capabilities) { expect_refused(kCapabilities); }

const Refused kTogether[] = {
    {"output_alone", items(R"({"type":"function_call_output","call_id":"call_9","output":"x"})"),
     "input", "", "No tool call found for function call output with call_id call_9."},
    {"output_first",
     items(R"({"type":"function_call_output","call_id":"c","output":"x"},)"
           R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}"})"),
     "input", "", "No tool call found for function call output with call_id c."},
    {"call_alone",
     items(R"({"type":"function_call","call_id":"call_7","name":"f","arguments":"{}"},)" + kUser),
     "input", "", "No tool output found for function call call_7."},
    {"call_of_before", with(R"("previous_response_id":"resp_call")"), "input", "",
     "No tool output found for function call call_1."},
    {"custom_output_of_a_function",
     items(R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}"},)"
           R"({"type":"custom_tool_call_output","call_id":"c","output":"x"})"),
     "input", "", "No tool call found for custom tool call output with call_id c."},
    {"twice",
     items(R"({"role":"user","content":"a","id":"msg_7"},)"
           R"({"role":"user","content":"b","id":"msg_7"})"),
     "input", "",
     "Duplicate item found with id msg_7. Remove duplicate items from your input and try again."},
    {"twice_with_before",
     R"({"model":"m","previous_response_id":"resp_plain",)"
     R"("input":[{"type":"item_reference","id":"msg_1"}]})",
     "input", "",
     "Duplicate item found with id msg_1. Remove duplicate items from your input and try again."},
    {"reference_unknown", items(R"({"type":"item_reference","id":"msg_9"})"), "input", "",
     "Item with id 'msg_9' not found.", 404},
    {"reference_not_stored",
     R"({"model":"m","store":false,"input":[{"type":"item_reference","id":"msg_9"}]})", "input", "",
     "Item with id 'msg_9' not found. Items are not persisted when `store` is set to false. Try "
     "again with `store` set to true, or remove this item from your input.",
     404},
    {"thoughts_unknown", items(R"({"type":"reasoning","id":"rs_9","summary":[]})"), "input", "",
     "Item with id 'rs_9' not found.", 404},
    {"thoughts_forged",
     items(R"({"type":"reasoning","id":"rs_9","summary":[],"encrypted_content":"gAAAAABogus"})"),
     "", "invalid_encrypted_content",
     "The encrypted content gAAA...ogus could not be verified. Reason: Encrypted content could not "
     "be decrypted or parsed."},
    {"thoughts_of_another",
     items(R"({"type":"reasoning","id":"rs_9","summary":[],"encrypted_content":")" +
           seal({"rs_8", "x"}) + R"("})"),
     "", "invalid_encrypted_content",
     "The encrypted content for item rs_9 could not be verified. Reason: Encrypted content item_id "
     "did not match the target item id."},
    {"call_without_its_thoughts", items(kUser + "," + kCall), "input", "",
     "Item 'fc_1' of type 'function_call' was provided without its required 'reasoning' item: "
     "'rs_1'."},
};
TEST(RefusedResponse, Together) { expect_refused(kTogether); }

/// The prompt of a request that is taken.
Prompt taken(const std::string& body) {
  const auto read = read_create_request(body);
  EXPECT_TRUE(read.has_value()) << body << read.error().message;
  ResponseStore store;
  fill(store);
  std::vector<const Item*> context;
  const auto problem = place_request(*read, store, script(), context);
  EXPECT_FALSE(problem.has_value()) << body << problem->message;
  return prompt_of(*read, context);
}

TEST(ResponsesRequest, TakesWhatTheProviderTakes) {
  const std::string output = R"({"type":"function_call_output","call_id":"call_1","output":"ok"})";
  const std::string thoughts = R"({"type":"reasoning","id":"rs_1","summary":[]},)";
  const std::string bodies[] = {
      with(R"("truncation":null,"store":null,"metadata":null,"instructions":null,"user":null)"),
      items(kUser + "," + thoughts + kCall + "," + output),
      items(R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}"},)"
            R"({"type":"function_call_output","call_id":"c",)"
            R"("output":[{"type":"input_text","text":"x"}]})"),
      items(R"({"type":"reasoning","summary":[],"encrypted_content":")" + seal({"rs_8", "x"}) +
            R"("},)" + kUser),
      R"({"model":"m","previous_response_id":"resp_call","input":[)" + output + "]}",
      R"({"model":"m","previous_response_id":"resp_plain","input":[]})",
      parts(R"({"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgo="},)"
            R"({"type":"input_image","file_id":"file-1","detail":"low"},)"
            R"({"type":"input_file","file_data":"data:application/pdf;base64,JVBERi0="},)"
            R"({"type":"input_file","file_url":"https://example.com/a.pdf"})"),
      items(R"({"type":"web_search_call","id":"ws_1","status":"completed"},)" + kUser),
      with(R"("tools":[{"type":"web_search"},{"type":"custom","name":"c"}],)"
           R"("tool_choice":{"type":"web_search"})"),
      asked_of("gpt-5.1", R"("temperature":0.5)"),
      asked_of("gpt-5.6", R"("temperature":1,"reasoning":{"effort":"max","mode":"pro"})"),
      asked_of("gpt-4o", R"("temperature":0.5,"top_p":0.1,"top_logprobs":3)"),
      with(R"("max_output_tokens":18446744073709551615)"),
  };
  for (const auto& body : bodies) EXPECT_GT(taken(body).tokens, 0) << body;
}

TEST(ResponsesRequest, BecomesAPrompt) {
  const auto prompt = taken(
      R"({"model":"m","instructions":"be kind","stream":true,"max_output_tokens":50,"input":[)"
      R"({"role":"developer","content":"rules"},{"role":"user","content":"one"},)"
      R"({"role":"assistant","content":"wait"},)"
      R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}"},)"
      R"({"type":"function_call_output","call_id":"c","output":"done"}],)"
      R"("tools":[{"type":"function","name":"f"},{"type":"function","name":"g"}],)"
      R"("tool_choice":{"type":"function","name":"g"},"parallel_tool_calls":false,)"
      R"("reasoning":{"effort":"low","summary":"auto"}})");
  EXPECT_EQ(prompt.dialect, Dialect::responses);
  ASSERT_EQ(prompt.messages.size(), 5U);
  EXPECT_EQ(prompt.messages[0].role, Role::system);
  EXPECT_EQ(prompt.messages[1].role, Role::developer);
  EXPECT_EQ(prompt.messages[3].role, Role::assistant);
  EXPECT_EQ(prompt.messages[3].text, "wait");
  EXPECT_EQ(prompt.messages[4].role, Role::tool);
  EXPECT_EQ(prompt.messages[4].text, "done");
  EXPECT_EQ(prompt.tool_choice, ToolChoice::required);
  EXPECT_EQ(prompt.tools_allowed, std::vector<std::string>{"g"});
  EXPECT_FALSE(prompt.parallel_tool_calls);
  EXPECT_TRUE(prompt.stream);
  EXPECT_EQ(prompt.tokens_max, 50);
  EXPECT_EQ(prompt.thoughts, Thoughts::shown);
}

TEST(ResponsesRequest, SaysWhatIsToBeCached) {
  EXPECT_FALSE(taken(asked_of("gpt-4o", R"("user":"u")")).cache_text.empty());
  const auto newest = taken(asked_of("gpt-5.6", R"("user":"u")"));
  ASSERT_EQ(newest.cache_blocks.size(), 2U);
  EXPECT_TRUE(newest.cache_blocks.back().breakpoint);
  EXPECT_FALSE(newest.cache_blocks.back().long_lived);
  const auto marked =
      taken(R"({"model":"gpt-5.6","prompt_cache_options":{"mode":"explicit","ttl":"12h"},"input":[)"
            R"({"role":"user","content":[{"type":"input_text","text":"a",)"
            R"("prompt_cache_breakpoint":{"mode":"explicit"}}]},{"role":"user","content":"b"}]})");
  ASSERT_EQ(marked.cache_blocks.size(), 3U);
  EXPECT_TRUE(marked.cache_blocks[1].breakpoint);
  EXPECT_TRUE(marked.cache_blocks[1].long_lived);
  EXPECT_FALSE(marked.cache_blocks[2].breakpoint);
}

TEST(ResponsesRequest, CountsWithoutAModel) {
  EXPECT_TRUE(read_count_request("{}").has_value());
  EXPECT_TRUE(read_count_request(R"({"input":"hi","personality":"friendly"})").has_value());
  EXPECT_EQ(read_count_request(R"({"stream":true})").error().message,
            "Unknown parameter: 'stream'.");
}

}  // namespace
}  // namespace headgate::lab::responses
