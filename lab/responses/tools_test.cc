#include "lab/responses/tools.h"

#include <gtest/gtest.h>

#include "lab/responses/refusal_test.h"

namespace headgate::lab::responses {
namespace {

const std::string kTool = R"("tools":[{"type":"function","name":"f"}])";

const Refused kTools[] = {
    {"text", with(R"("tools":"x")"), "tools", "invalid_type",
     type_of("tools", "an array of tools", "a string")},
    {"no_type", with(R"("tools":[{}])"), "tools[0].type", "missing_required_parameter",
     "Missing required parameter: 'tools[0].type'."},
    {"no_name", with(R"("tools":[{"type":"function"}])"), "tools[0].name",
     "missing_required_parameter", "Missing required parameter: 'tools[0].name'."},
    {"of_chat", with(R"("tools":[{"type":"function","function":{"name":"f"}}])"), "tools[0].name",
     "missing_required_parameter", "Missing required parameter: 'tools[0].name'."},
    {"name_empty", with(R"("tools":[{"type":"function","name":""}])"), "tools[0].name",
     "empty_string",
     "Invalid 'tools[0].name': empty string. Expected a string with minimum length 1, but got an "
     "empty string instead."},
    {"name", with(R"("tools":[{"type":"function","name":"a b"}])"), "tools[0].name",
     "invalid_value",
     "Invalid 'tools[0].name': string does not match pattern. Expected a string that matches the "
     "pattern '^[a-zA-Z0-9_-]+$'."},
    {"member", with(R"("tools":[{"type":"function","name":"f","function":{}}])"),
     "tools[0].function", "unknown_parameter", "Unknown parameter: 'tools[0].function'."},
    {"schema", with(R"("tools":[{"type":"function","name":"f","parameters":{}}])"),
     "tools[0].parameters", "invalid_function_parameters",
     "Invalid schema for function 'f': schema must be a JSON Schema of 'type: \"object\"', got "
     "'type: \"None\"'."},
    {"strict",
     with(R"("tools":[{"type":"function","name":"f","strict":true,)"
          R"("parameters":{"type":"object","properties":{}}}])"),
     "tools[0].parameters", "invalid_function_parameters",
     "Invalid schema for function 'f': In context=(), 'additionalProperties' is required to be "
     "supplied and to be false."},
    {"mcp", with(R"("tools":[{"type":"mcp","server_url":"https://x/"}])"), "tools[0].server_label",
     "missing_required_parameter", "Missing required parameter: 'tools[0].server_label'."},
    {"choice_number", with(R"("tool_choice":7)"), "tool_choice", "invalid_type",
     type_of("tool_choice", "one of an object or 'none', 'auto', or 'required'", "an integer")},
    {"choice_word", with(kTool + R"(,"tool_choice":"maybe")"), "tool_choice", "invalid_value",
     "Invalid value: 'maybe'. Supported values are: 'none', 'auto', and 'required'."},
    {"choice_no_name", with(kTool + R"(,"tool_choice":{"type":"function"})"), "tool_choice.name",
     "missing_required_parameter", "Missing required parameter: 'tool_choice.name'."},
    {"choice_other", with(kTool + R"(,"tool_choice":{"type":"function","name":"g"})"),
     "tool_choice", "", "Tool choice 'g' not found in 'tools' parameter."},
    {"choice_without_tools", with(R"("tool_choice":{"type":"function","name":"g"})"), "tool_choice",
     "", "Tool choice 'function' not found in 'tools' parameter."},
    {"required_without_tools", with(R"("tool_choice":"required")"), "tool_choice", "",
     "Tool choice 'required' must be specified with 'tools' parameter."},
    {"allowed_other",
     with(kTool + R"(,"tool_choice":{"type":"allowed_tools","mode":"auto",)"
                  R"("tools":[{"type":"function","name":"g"}]})"),
     "tool_choice", "", "Tool choice 'g' not found in 'tools' parameter."},
    {"text_member", with(R"("text":{"zzz":1})"), "text.zzz", "unknown_parameter",
     "Unknown parameter: 'text.zzz'."},
    {"format_type", with(R"("text":{"format":{"type":"xml"}})"), "text.format.type",
     "invalid_value",
     "Invalid value: 'xml'. Supported values are: 'json_object', 'text', and 'json_schema'."},
    {"format_name", with(R"("text":{"format":{"type":"json_schema"}})"), "text.format.name",
     "missing_required_parameter", "Missing required parameter: 'text.format.name'."},
    {"format_schema", with(R"("text":{"format":{"type":"json_schema","name":"t"}})"),
     "text.format.schema", "missing_required_parameter",
     "Missing required parameter: 'text.format.schema'."},
    {"format_text_schema", with(R"("text":{"format":{"type":"text","schema":{}}})"),
     "text.format.schema", "unknown_parameter", "Unknown parameter: 'text.format.schema'."},
    {"format_strict",
     with(R"("text":{"format":{"type":"json_schema","name":"t","strict":true,)"
          R"("schema":{"type":"object","properties":{"a":{"type":"string"}},)"
          R"("additionalProperties":false}}})"),
     "text.format.schema", "invalid_json_schema",
     "Invalid schema for response_format 't': In context=(), 'required' is required to be supplied "
     "and to be an array including every key in properties."},
    {"verbosity", with(R"("text":{"verbosity":"loud"})"), "text.verbosity", "invalid_value",
     "Invalid value: 'loud'. Supported values are: 'low', 'medium', and 'high'."},
    {"json_word", with(R"("text":{"format":{"type":"json_object"}},"instructions":"json")"),
     "input", "",
     "Response input messages must contain the word 'json' in some form to use 'text.format' of "
     "type 'json_object'."},
};
TEST(RefusedResponse, Tools) { expect_refused(kTools); }

}  // namespace
}  // namespace headgate::lab::responses
