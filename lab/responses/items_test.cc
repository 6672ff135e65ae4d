#include "lab/responses/items.h"

#include <gtest/gtest.h>

#include "lab/responses/refusal_test.h"

namespace headgate::lab::responses {
namespace {

const std::string kTypes =
    "'additional_tools', 'agent_message', 'apply_patch_call', 'apply_patch_call_output', "
    "'code_interpreter_call', 'compaction', 'compaction_trigger', 'computer_call', "
    "'computer_call_output', 'custom_tool_call', 'custom_tool_call_output', 'file_search_call', "
    "'function_call', 'function_call_output', 'image_generation_call', 'item_reference', "
    "'local_shell_call', 'local_shell_call_output', 'mcp_approval_request', "
    "'mcp_approval_response', 'mcp_call', 'mcp_list_tools', 'message', 'multi_agent_call', "
    "'multi_agent_call_output', 'program', 'program_output', 'reasoning', 'shell_call', "
    "'shell_call_output', 'tool_search_call', 'tool_search_output', and 'web_search_call'.";

const Refused kItems[] = {
    {"null", items("null"), "input[0]", "invalid_type",
     type_of("input[0]", "an input item", "null")},
    {"unknown_type", items(R"({"type":"bogus"})"), "input[0]", "invalid_value",
     "Invalid value: 'bogus'. Supported values are: " + kTypes},
    {"type_number", items(R"({"type":7})"), "input[0]", "invalid_value",
     "Invalid value: ''. Supported values are: " + kTypes},
    {"no_role", items("{}"), "input[0]", "invalid_value",
     "Invalid value: ''. Supported values are: 'assistant', 'system', 'developer', and 'user'."},
    {"role", items(R"({"role":"tool","content":"x"})"), "input[0]", "invalid_value",
     "Invalid value: 'tool'. Supported values are: 'assistant', 'system', 'developer', and "
     "'user'."},
    {"no_content", items(R"({"role":"user"})"), "input[0].content", "missing_required_parameter",
     "Missing required parameter: 'input[0].content'."},
    {"content_number", items(R"({"role":"user","content":3})"), "input[0].content", "invalid_type",
     type_of("input[0].content", "one of an array of objects or string", "an integer")},
    {"member", items(R"({"role":"user","content":"x","bogus":1})"), "input[0].bogus",
     "unknown_parameter", "Unknown parameter: 'input[0].bogus'."},
    {"phase_of_a_user", items(R"({"role":"user","content":"x","phase":"final_answer"})"),
     "input[0].phase", "unknown_parameter", "Unknown parameter: 'input[0].phase'."},
    {"phase", items(R"({"role":"assistant","content":"x","phase":"late"})"), "input[0].phase",
     "invalid_value",
     "Invalid value: 'late'. Supported values are: 'commentary' and 'final_answer'."},
    {"status", items(R"({"role":"user","content":"x","status":"fine"})"), "input[0].status",
     "invalid_value",
     "Invalid value: 'fine'. Supported values are: 'in_progress', 'completed', and 'incomplete'."},
    {"id_prefix", items(R"({"role":"user","content":"x","id":"abc"})"), "input[0].id",
     "invalid_value", "Invalid 'input[0].id': 'abc'. Expected an ID that begins with 'msg'."},
    {"id_of_a_call",
     items(R"({"type":"function_call","id":"call_1","call_id":"c","name":"f","arguments":""})"),
     "input[0].id", "invalid_value",
     "Invalid 'input[0].id': 'call_1'. Expected an ID that begins with 'fc'."},
    {"id_letters", items(R"({"role":"user","content":"x","id":"msg 1"})"), "input[0].id",
     "invalid_value",
     "Invalid 'input[0].id': 'msg 1'. Expected an ID that contains letters, numbers, underscores, "
     "or dashes, but this value contained additional characters."},
    {"id_long",
     items(R"({"role":"user","content":"x","id":"msg_)" + std::string(61, 'x') + R"("})"),
     "input[0].id", "string_above_max_length",
     "Invalid 'input[0].id': string too long. Expected a string with maximum length 64, but got a "
     "string with length 65 instead."},
    {"call_no_id", items(R"({"type":"function_call","name":"f","arguments":""})"),
     "input[0].call_id", "missing_required_parameter",
     "Missing required parameter: 'input[0].call_id'."},
    {"call_no_arguments", items(R"({"type":"function_call","call_id":"c","name":"f"})"),
     "input[0].arguments", "missing_required_parameter",
     "Missing required parameter: 'input[0].arguments'."},
    {"call_arguments", items(R"({"type":"function_call","call_id":"c","name":"f","arguments":{}})"),
     "input[0].arguments", "invalid_type", type_of("input[0].arguments", "a string", "an object")},
    {"call_of_a_helper",
     items(R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}",)"
           R"("parsed_arguments":{}})"),
     "input[0].parsed_arguments", "unknown_parameter",
     "Unknown parameter: 'input[0].parsed_arguments'."},
    {"long_call_id",
     items(R"({"type":"function_call","call_id":")" + std::string(65, 'c') +
           R"(","name":"f","arguments":""})"),
     "input[0].call_id", "string_above_max_length",
     "Invalid 'input[0].call_id': string too long. Expected a string with maximum length 64, but "
     "got a string with length 65 instead."},
    {"no_output", items(R"({"type":"function_call_output","call_id":"c"})"), "input[0].output",
     "missing_required_parameter", "Missing required parameter: 'input[0].output'."},
    {"output_object", items(R"({"type":"function_call_output","call_id":"c","output":{}})"),
     "input[0].output", "invalid_type",
     type_of("input[0].output", "one of an array of objects or string", "an object")},
    {"output_part",
     items(R"({"type":"function_call_output","call_id":"c","output":[{"type":"output_text"}]})"),
     "input[0].output[0]", "invalid_value",
     "Invalid value: 'output_text'. Supported values are: 'input_text', 'input_image', and "
     "'input_file'."},
    {"thoughts_no_summary", items(R"({"type":"reasoning","id":"rs_1"})"), "input[0].summary",
     "missing_required_parameter", "Missing required parameter: 'input[0].summary'."},
    {"thoughts_no_id", items(R"({"type":"reasoning","summary":[]})"), "input[0].id",
     "missing_required_parameter", "Missing required parameter: 'input[0].id'."},
    {"reference_no_id", items(R"({"type":"item_reference"})"), "input[0].id",
     "missing_required_parameter", "Missing required parameter: 'input[0].id'."},
};
TEST(RefusedResponse, Items) { expect_refused(kItems); }

const std::string kDataUrlRule =
    "Invalid 'input[0].content[0].image_url'. Expected a base64-encoded data URL with an image "
    "MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got ";

const Refused kParts[] = {
    {"not_object", parts("3"), "input[0].content[0]", "invalid_type",
     type_of("input[0].content[0]", "an object", "an integer")},
    {"no_type", parts("{}"), "input[0].content[0].type", "missing_required_parameter",
     "Missing required parameter: 'input[0].content[0].type'."},
    {"of_chat", parts(R"({"type":"text","text":"x"})"), "input[0].content[0].type", "invalid_value",
     "Invalid value: 'text'. Supported values are: 'input_text', 'input_image', 'input_audio', "
     "'output_text', 'refusal', 'input_file', 'computer_screenshot', 'summary_text', and "
     "'encrypted_content'."},
    {"of_the_other_side", parts(R"({"type":"output_text","text":"x"})"), "input[0].content[0]",
     "invalid_value",
     "Invalid value: 'output_text'. Supported values are: 'input_text', 'input_image', "
     "'input_file', 'scoped_content', and 'input_audio'."},
    {"assistant", items(R"({"role":"assistant","content":[{"type":"input_text","text":"x"}]})"),
     "input[0].content[0]", "invalid_value",
     "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'."},
    {"no_text", parts(R"({"type":"input_text"})"), "input[0].content[0].text",
     "missing_required_parameter", "Missing required parameter: 'input[0].content[0].text'."},
    {"of_a_helper",
     items(R"({"role":"assistant","content":[{"type":"output_text","text":"x","parsed":{}}]})"),
     "input[0].content[0].parsed", "unknown_parameter",
     "Unknown parameter: 'input[0].content[0].parsed'."},
    {"image_object", parts(R"({"type":"input_image","image_url":{"url":"https://x/"}})"),
     "input[0].content[0].image_url", "invalid_type",
     type_of("input[0].content[0].image_url", "an image URL", "an object")},
    {"image_nothing", parts(R"({"type":"input_image"})"), "input[0].content[0].image_url",
     "missing_required_parameter", "Missing required parameter: 'input[0].content[0].image_url'."},
    {"image_path", parts(R"({"type":"input_image","image_url":"cat.png"})"),
     "input[0].content[0].image_url", "invalid_value",
     "Invalid 'input[0].content[0].image_url'. Expected a valid URL, but got a value with an "
     "invalid format."},
    {"image_type", parts(R"({"type":"input_image","image_url":"data:text/plain;base64,aGk="})"),
     "input[0].content[0].image_url", "invalid_value",
     kDataUrlRule + "unsupported MIME type 'text/plain'."},
    {"image_base64", parts(R"({"type":"input_image","image_url":"data:image/png;base64,a!"})"),
     "input[0].content[0].image_url", "invalid_value",
     kDataUrlRule + "an invalid base64-encoded value."},
    {"image_empty", parts(R"({"type":"input_image","image_url":"data:image/png;base64,"})"),
     "input[0].content[0].image_url", "invalid_value",
     kDataUrlRule + "empty base64-encoded bytes."},
    {"image_bytes", parts(R"({"type":"input_image","image_url":"data:image/png;base64,aGk="})"),
     "input", "invalid_value",
     "The image data you provided does not represent a valid image. Please check your input and "
     "try again with one of the following image formats: ['image/jpeg', 'image/png', 'image/gif', "
     "'image/webp']."},
    {"image_detail",
     parts(R"({"type":"input_image","image_url":"https://x/y.png","detail":"fine"})"),
     "input[0].content[0].detail", "invalid_value",
     "Invalid value: 'fine'. Supported values are: 'low', 'high', 'auto', and 'original'."},
    {"file_nothing", parts(R"({"type":"input_file","filename":"a.pdf"})"),
     "input[0].content[0].file_id", "missing_required_parameter",
     "Missing required parameter: 'input[0].content[0].file_id'."},
    {"file_data", parts(R"({"type":"input_file","filename":"a.pdf","file_data":"aGk="})"),
     "input[0].content[0].file_data", "invalid_value",
     "Invalid 'input[0].content[0].file_data'. Expected a base64-encoded data URL with a MIME type "
     "(e.g. 'data:application/pdf;base64,SGVsbG8sIFdvcmxkIQ=='), but got a value without the "
     "'data:' prefix."},
    {"file_id", parts(R"({"type":"input_file","file_id":"abc"})"), "input[0].content[0].file_id",
     "invalid_value",
     "Invalid 'input[0].content[0].file_id': 'abc'. Expected an ID that begins with 'file'."},
    {"breakpoint",
     parts(R"({"type":"input_text","text":"x","prompt_cache_breakpoint":{"mode":"now"}})"),
     "input[0].content[0].prompt_cache_breakpoint.mode", "invalid_value",
     "Invalid value: 'now'. Supported values are: 'explicit'."},
};
TEST(RefusedResponse, Parts) { expect_refused(kParts); }

}  // namespace
}  // namespace headgate::lab::responses
