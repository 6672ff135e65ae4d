#include "lab/responses/parameters.h"

#include <gtest/gtest.h>

#include "lab/responses/refusal_test.h"

namespace headgate::lab::responses {
namespace {

const Refused kTopLevel[] = {
    {"model_absent", R"({"input":"hi"})", "model", "missing_required_parameter",
     "Missing required parameter: 'model'."},
    {"model_null", R"({"model":null,"input":"hi"})", "model", "invalid_type",
     type_of("model", "a string", "an object")},
    {"model_number", R"({"model":7,"input":"hi"})", "model", "invalid_type",
     type_of("model", "a string", "an integer")},
    {"model_empty", R"({"model":"","input":"hi"})", "model", "model_not_found",
     "The requested model '' does not exist."},
    {"model_unknown", R"({"model":"nope","input":"hi"})", "model", "model_not_found",
     "The requested model 'nope' does not exist."},
    {"input_absent", R"({"model":"m","zzz":1})", "input", "missing_required_parameter",
     "Missing required parameter: 'input'."},
    {"input_null", R"({"model":"m","input":null})", "input", "invalid_type",
     type_of("input", "a string", "an object")},
    {"input_number", R"({"model":"m","input":7,"truncation":"bogus"})", "input", "invalid_type",
     type_of("input", "one of a string or array of input items", "an integer")},
    {"input_empty", R"({"model":"m","input":[]})", "", "missing_required_parameter",
     "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation' must be "
     "provided."},
    {"unknown", with(R"("zzz":1)"), "zzz", "unknown_parameter", "Unknown parameter: 'zzz'."},
    {"unknown_near", with(R"("stop":["x"])"), "stop", "unknown_parameter",
     "Unknown parameter: 'stop'. Did you mean 'store'?"},
    {"unknown_near_two", with(R"("strem":1)"), "strem", "unknown_parameter",
     "Unknown parameter: 'strem'. Did you mean 'stream' or 'store'?"},
    {"unknown_near_a_given_one", with(R"("modell":1)"), "modell", "unknown_parameter",
     "Unknown parameter: 'modell'."},
    {"of_chat", with(R"("max_tokens":16)"), "max_tokens", "unknown_parameter",
     "Unknown parameter: 'max_tokens'."},
    {"messages", with(R"("messages":[])"), "", "unsupported_parameter",
     "Unsupported parameter: 'messages'. In the Responses API, this parameter has moved to "
     "'input'. "
     "Try again with the new parameter. See the API documentation for more information: "
     "https://platform.openai.com/docs/api-reference/responses/create."},
    {"temperature", with(R"("temperature":2.5)"), "temperature", "decimal_above_max_value",
     "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.5 "
     "instead."},
    {"temperature_text", with(R"("temperature":"hot")"), "temperature", "invalid_type",
     type_of("temperature", "a decimal", "a string")},
    {"few_tokens", with(R"("max_output_tokens":15)"), "max_output_tokens",
     "integer_below_min_value",
     "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 15 "
     "instead."},
    {"tool_calls", with(R"("max_tool_calls":0)"), "max_tool_calls", "integer_below_min_value",
     "Invalid 'max_tool_calls': integer below minimum value. Expected a value >= 1, but got 0 "
     "instead."},
    {"logprobs", with(R"("top_logprobs":21)"), "top_logprobs", "integer_above_max_value",
     "Invalid 'top_logprobs': integer above maximum value. Expected a value <= 20, but got 21 "
     "instead."},
    {"stream", with(R"("stream":"yes")"), "stream", "invalid_type",
     type_of("stream", "a boolean", "a string")},
    {"instructions", with(R"("instructions":{})"), "instructions", "invalid_type",
     type_of("instructions", "a string", "an object")},
    {"truncation", with(R"("truncation":"bogus")"), "truncation", "invalid_value",
     "Invalid value: 'bogus'. Supported values are: 'auto' and 'disabled'."},
    {"truncation_type", with(R"("truncation":{})"), "truncation", "invalid_type",
     type_of("truncation", "one of 'auto' or 'disabled'", "an object")},
    {"retention", with(R"("prompt_cache_retention":"x")"), "prompt_cache_retention",
     "invalid_value", "Invalid value: 'x'. Supported values are: 'in_memory' and '24h'."},
    {"include", with(R"("include":["bogus"])"), "include[0]", "invalid_value",
     "Invalid value: 'bogus'. Supported values are: 'file_search_call.results', "
     "'web_search_call.results', 'web_search_call.action.sources', "
     "'message.input_image.image_url', 'computer_call_output.output.image_url', "
     "'code_interpreter_call.outputs', 'reasoning.encrypted_content', and "
     "'message.output_text.logprobs'."},
    {"include_text", with(R"("include":"x")"), "include", "invalid_type",
     type_of("include",
             "an array of one of 'fil...lts', 'web...lts', 'web...ces', 'mes...url', 'com...url', "
             "'cod...uts', 'rea...ent', or 'mes...obs'",
             "a string")},
    {"metadata", with(R"("metadata":"x")"), "metadata", "invalid_type",
     type_of("metadata", "a metadata object", "a string")},
    {"metadata_number", with(R"("metadata":{"a":1})"), "metadata.a", "invalid_type",
     type_of("metadata.a", "a string", "an integer")},
    {"metadata_long", with(R"("metadata":{"a":")" + std::string(513, 'x') + R"("})"), "metadata.a",
     "string_above_max_length",
     "Invalid 'metadata.a': string too long. Expected a string with maximum length 512, but got a "
     "string with length 513 instead."},
    {"metadata_key", with(R"("metadata":{")" + std::string(65, 'k') + R"(":"v"})"),
     "metadata." + std::string(65, 'k'), "property_name_above_max_length",
     "Invalid property name in 'metadata': 'kkk...kkk' is too long. Expected a string with maximum "
     "length 64, but got a string with length 65 instead."},
    {"options", with(R"("stream_options":{"include_usage":true})"), "stream_options.include_usage",
     "unknown_parameter", "Unknown parameter: 'stream_options.include_usage'."},
    {"effort", with(R"("reasoning":{"effort":"bogus"})"), "reasoning.effort", "invalid_value",
     "Invalid value: 'bogus'. Supported values are: 'none', 'minimal', 'low', 'medium', 'high', "
     "'xhigh', and 'max'."},
    {"effort_number", with(R"("reasoning":{"effort":5})"), "reasoning.effort", "invalid_type",
     type_of("reasoning.effort", "one of 'minimal', 'low', 'medium', or 'high'", "an integer")},
    {"effort_list", with(R"("reasoning":{"effort":[]})"), "reasoning.effort", "invalid_type",
     type_of("reasoning.effort",
             "one of one of 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', or 'max' or "
             "integer",
             "an array")},
    {"summary", with(R"("reasoning":{"summary":"long"})"), "reasoning.summary", "invalid_value",
     "Invalid value: 'long'. Supported values are: 'concise', 'detailed', and 'auto'."},
    {"generate_summary", with(R"("reasoning":{"generate_summary":"auto"})"),
     "reasoning.generate_summary", "unknown_parameter",
     "Unknown parameter: 'reasoning.generate_summary'."},
    {"cache_options", with(R"("prompt_cache_options":{"bogus":1})"), "prompt_cache_options.bogus",
     "unknown_parameter", "Unknown parameter: 'prompt_cache_options.bogus'."},
    {"moderation", with(R"("moderation":{})"), "moderation.model", "missing_required_parameter",
     "Missing required parameter: 'moderation.model'."},
    {"context_management", with(R"("context_management":"x")"), "context_management",
     "invalid_type", type_of("context_management", "an array of objects", "a string")},
    {"safety", with(R"("safety_identifier":")" + std::string(129, 'x') + "\""), "safety_identifier",
     "string_above_max_length",
     "Invalid 'safety_identifier': string too long. Expected a string with maximum length 128, but "
     "got a string with length 129 instead."},
};
TEST(RefusedResponse, TopLevel) { expect_refused(kTopLevel); }

// Requests with two faults: which one is reported.
const Refused kOrder[] = {
    {"name_before_item", R"({"model":"m","input":[{"role":"user","content":"x","bogus":1}],"z":1})",
     "z", "unknown_parameter", "Unknown parameter: 'z'."},
    {"item_before_field", R"({"model":"m","input":[7],"truncation":"bogus"})", "input[0]",
     "invalid_type", type_of("input[0]", "an input item", "an integer")},
    {"metadata_before_text", with(R"("text":"x","metadata":"x")"), "metadata", "invalid_type",
     type_of("metadata", "a metadata object", "a string")},
    {"text_before_temperature", with(R"("temperature":"x","text":"x")"), "text", "invalid_type",
     type_of("text", "an object", "a string")},
    {"background_before_tokens", with(R"("max_output_tokens":"x","background":"x")"), "background",
     "invalid_type", type_of("background", "a boolean", "a string")},
    {"instructions_before_store", with(R"("store":"x","instructions":7)"), "instructions",
     "invalid_type", type_of("instructions", "a string", "an integer")},
    {"field_before_state", with(R"("previous_response_id":"resp_x","truncation":"x")"),
     "truncation", "invalid_value",
     "Invalid value: 'x'. Supported values are: 'auto' and 'disabled'."},
    {"state_before_empty", R"({"model":"m","input":[],"previous_response_id":"resp_x"})",
     "previous_response_id", "previous_response_not_found",
     "Previous response with id 'resp_x' not found."},
    {"state_before_capability",
     asked_of("gpt-5.6", R"("previous_response_id":"resp_x","temperature":0.5)"),
     "previous_response_id", "previous_response_not_found",
     "Previous response with id 'resp_x' not found."},
    {"prompt_before_previous", with(R"("previous_response_id":"resp_x","prompt":{"id":"p_1"})"), "",
     "", "Prompt with id 'p_1' not found.", 404},
    {"conversation_before_prompt", with(R"("conversation":"conv_x","prompt":{"id":"p_1"})"), "", "",
     "Conversation with id 'conv_x' not found.", 404},
    {"either_or", with(R"("conversation":{"id":"c"},"previous_response_id":"resp_x")"), "",
     "mutually_exclusive_parameters",
     "Mutually exclusive parameters: ''. Ensure you are only providing one of: 'pre..._id' or "
     "'conversation'."},
};
TEST(RefusedResponse, Order) { expect_refused(kOrder); }

}  // namespace
}  // namespace headgate::lab::responses
