#include "lab/openai/chat_request.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "base/text/strings.h"
#include "lab/neutral/tokens.h"
#include "lab/openai/messages.h"
#include "lab/openai/parameters.h"
#include "lab/openai/strict_schema.h"

namespace headgate::lab::openai {
namespace {

namespace json = boost::json;

constexpr std::size_t kDepthMax = 100;
constexpr std::int64_t kTokensOfReply = 3;  // to prime it, as OpenAI publishes

bool is_name(std::string_view text, std::size_t length_max) {
  return !text.empty() && text.size() <= length_max &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

Problem bad_name(const std::string& path) {
  return invalid_request(
      fmt::format("Invalid '{}': string does not match pattern. Expected a string "
                  "that matches the pattern '^[a-zA-Z0-9_-]+$'.",
                  path),
      path, "invalid_value");
}

/// The schema of `owner`, where that says that it is strict.
Problem check_strict(const json::object& owner, const json::value& schema, std::string_view param,
                     std::string_view of) {
  const auto* strict = given(owner, "strict");
  if (strict == nullptr || *strict != json::value(true) || schema.is_null()) return std::nullopt;
  const auto complaint = strict_schema_problem(schema);
  if (!complaint) return std::nullopt;
  return invalid_request(fmt::format("Invalid schema for {}: {}", of, *complaint), param,
                         param == "response_format" ? "" : "invalid_function_parameters");
}

Problem read_tool(const json::value& value, std::size_t index, std::vector<OfferedTool>& out) {
  const auto at = fmt::format("tools[{}]", index);
  const auto* object = value.if_object();
  if (object == nullptr) return invalid_type(at, "an object", value);
  const auto* type = given(*object, "type");
  if (type == nullptr) return missing_parameter(at + ".type");
  if (!type->is_string()) return invalid_type(at + ".type", "a string", *type);
  const std::string_view kind = type->as_string();
  if (kind != "function" && kind != "custom") {
    return invalid_value(at + ".type", kind, "'function' and 'custom'");
  }
  const auto inner = fmt::format("{}.{}", at, kind);
  const auto* function = given(*object, kind);
  if (function == nullptr) return missing_parameter(inner);
  const auto* body = function->if_object();
  if (body == nullptr) return invalid_type(inner, "an object", *function);
  const auto* name = given(*body, "name");
  if (name == nullptr) return missing_parameter(inner + ".name");
  if (!name->is_string()) return invalid_type(inner + ".name", "a string", *name);
  if (!is_name(name->as_string(), 64)) return bad_name(inner + ".name");
  OfferedTool tool{std::string(name->as_string()), nullptr};
  if (const auto* parameters = given(*body, "parameters")) {
    if (!parameters->is_object())
      return invalid_type(inner + ".parameters", "an object", *parameters);
    tool.parameters = *parameters;
  }
  if (auto problem = check_strict(*body, tool.parameters, inner + ".parameters",
                                  fmt::format("function '{}'", tool.name))) {
    return problem;
  }
  out.push_back(std::move(tool));
  return std::nullopt;
}

Problem read_tools(const json::object& request, Prompt& out) {
  const auto* tools = given(request, "tools");
  if (tools == nullptr) return std::nullopt;
  const auto* list = tools->if_array();
  if (list == nullptr) return invalid_type("tools", "an array of objects", *tools);
  if (list->empty()) {
    return invalid_request(
        "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty "
        "array instead.",
        "tools", "empty_array");
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (auto problem = read_tool((*list)[i], i, out.tools)) return problem;
  }
  out.cache_text += json::serialize(*tools);
  return std::nullopt;
}

bool is_offered(const Prompt& request, std::string_view name) {
  return std::any_of(request.tools.begin(), request.tools.end(),
                     [&](const OfferedTool& tool) { return tool.name == name; });
}

Problem read_named_choice(const json::value& choice, Prompt& out) {
  const auto* object = choice.if_object();
  if (object == nullptr) return invalid_type("tool_choice", "a string or an object", choice);
  const auto* type = given(*object, "type");
  if (type == nullptr || !type->is_string()) return missing_parameter("tool_choice.type");
  if (type->as_string() == "allowed_tools") return std::nullopt;
  const auto* function = given(*object, std::string_view(type->as_string()));
  if (function == nullptr || !function->is_object()) {
    return missing_parameter("tool_choice.function");
  }
  const auto* name = given(function->as_object(), "name");
  if (name == nullptr || !name->is_string()) return missing_parameter("tool_choice.function.name");
  out.tool_choice = ToolChoice::required;
  out.tools_allowed.emplace_back(name->as_string());
  if (is_offered(out, out.tools_allowed.front())) return std::nullopt;
  return invalid_request(
      fmt::format("Tool choice '{}' not found in 'tools' parameter.", out.tools_allowed.front()),
      "tool_choice");
}

Problem read_tool_choice(const json::object& request, Prompt& out) {
  const auto* choice = given(request, "tool_choice");
  if (choice == nullptr) return std::nullopt;
  const auto* text = choice->if_string();
  if (text == nullptr) return read_named_choice(*choice, out);
  if (*text == "none") out.tool_choice = ToolChoice::none;
  if (*text == "required") out.tool_choice = ToolChoice::required;
  if (*text == "none" || *text == "required" || *text == "auto") return std::nullopt;
  return invalid_value("tool_choice", *text, "'none', 'auto', and 'required'");
}

Problem read_json_schema(const json::object& format, Prompt& out) {
  constexpr std::string_view at = "response_format.json_schema";
  const auto* wrapper = given(format, "json_schema");
  if (wrapper == nullptr) return missing_parameter(at);
  const auto* object = wrapper->if_object();
  if (object == nullptr) return invalid_type(at, "an object", *wrapper);
  const auto* name = given(*object, "name");
  if (name == nullptr) return missing_parameter(fmt::format("{}.name", at));
  const auto name_path = fmt::format("{}.name", at);
  if (!name->is_string()) return invalid_type(name_path, "a string", *name);
  if (!is_name(name->as_string(), 64)) return bad_name(name_path);
  const auto* schema = given(*object, "schema");
  if (schema == nullptr) return missing_parameter(fmt::format("{}.schema", at));
  if (!schema->is_object()) return invalid_type(fmt::format("{}.schema", at), "an object", *schema);
  if (auto problem =
          check_strict(*object, *schema, "response_format",
                       fmt::format("response_format '{}'", std::string_view(name->as_string())))) {
    return problem;
  }
  out.format = ReplyFormat::json_schema;
  out.schema = *schema;
  out.cache_text += json::serialize(*schema);
  return std::nullopt;
}

Problem check_json_object(const Prompt& request) {
  const bool mentioned = std::any_of(
      request.messages.begin(), request.messages.end(),
      [](const Message& m) { return base::to_lower(m.text).find("json") != std::string::npos; });
  if (mentioned) return std::nullopt;
  return invalid_request(
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type "
      "'json_object'.",
      "messages");
}

Problem read_format(const json::object& request, Prompt& out) {
  const auto* format = given(request, "response_format");
  if (format == nullptr) return std::nullopt;
  const auto* object = format->if_object();
  if (object == nullptr) return invalid_type("response_format", "an object", *format);
  const auto* type = given(*object, "type");
  if (type == nullptr) return missing_parameter("response_format.type");
  if (!type->is_string()) return invalid_type("response_format.type", "a string", *type);
  const std::string_view kind = type->as_string();
  if (kind == "text") return std::nullopt;
  if (kind == "json_schema") return read_json_schema(*object, out);
  if (kind == "json_object") {
    out.format = ReplyFormat::json_object;
    return check_json_object(out);
  }
  return invalid_value("response_format.type", kind, "'json_object', 'json_schema', and 'text'");
}

bool flag(const json::object& object, std::string_view key, bool otherwise) {
  const auto* value = given(object, key);
  return value == nullptr ? otherwise : value->as_bool();
}

void read_settings(const json::object& request, ChatRequest& out) {
  Prompt& prompt = out.prompt;
  prompt.stream = flag(request, "stream", false);
  prompt.parallel_tool_calls = flag(request, "parallel_tool_calls", true);
  if (const auto* options = given(request, "stream_options")) {
    out.include_usage = flag(options->as_object(), "include_usage", false);
    out.include_obfuscation = flag(options->as_object(), "include_obfuscation", true);
  }
  if (const auto* n = given(request, "n")) prompt.choices = n->to_number<std::int64_t>();
  for (const std::string_view key : {"max_tokens", "max_completion_tokens"}) {
    if (const auto* tokens = given(request, key))
      prompt.tokens_max = tokens->to_number<std::int64_t>();
  }
  const auto* stop = given(request, "stop");
  if (stop == nullptr) return;
  if (const auto* text = stop->if_string()) prompt.stop.emplace_back(*text);
  if (const auto* list = stop->if_array()) {
    for (const auto& item : *list) prompt.stop.emplace_back(item.as_string());
  }
}

Problem read_model(const json::object& request, Prompt& out) {
  const auto* model = given(request, "model");
  if (model == nullptr) return invalid_request("you must provide a model parameter", {});
  if (!model->is_string()) return invalid_type("model", "a string", *model);
  out.model = model->as_string();
  if (out.model.empty()) return invalid_request("you must provide a model parameter", {});
  return std::nullopt;
}

Problem read_object(const json::object& request, ChatRequest& out) {
  Prompt& prompt = out.prompt;
  if (auto problem = read_model(request, prompt)) return problem;
  const auto* messages = given(request, "messages");
  if (messages == nullptr) return missing_parameter("messages");
  if (auto problem = check_parameters(request)) return problem;
  prompt.tokens = kTokensOfReply;
  if (auto problem = read_messages(*messages, prompt)) return problem;
  if (auto problem = check_combinations(request)) return problem;
  if (auto problem = read_tools(request, prompt)) return problem;
  if (auto problem = read_tool_choice(request, prompt)) return problem;
  if (auto problem = read_format(request, prompt)) return problem;
  read_settings(request, out);
  prompt.tokens += count_tokens(prompt.cache_text);  // tools and schema so far
  for (const auto& message : prompt.messages) {
    prompt.cache_text += fmt::format("\n<{}>{}", role_name(message.role), message.text);
  }
  return std::nullopt;
}

}  // namespace

ChatRequestResult read_chat_request(std::string_view body) {
  json::parse_options options;
  options.max_depth = kDepthMax;
  boost::system::error_code error;
  const json::value value = json::parse(body, error, {}, options);
  if (error || !value.is_object()) {
    return *invalid_request(
        fmt::format(
            "We could not parse the JSON body of your request. The OpenAI API expects a JSON "
            "object, but got: {}.",
            error ? error.message() : "another type"),
        {});
  }
  ChatRequest request;
  if (auto problem = read_object(value.get_object(), request)) return *problem;
  return request;
}

}  // namespace headgate::lab::openai
