#include "lab/responses/tools.h"

#include <fmt/format.h>

#include <algorithm>

#include "lab/openai/strict_schema.h"

namespace headgate::lab::responses {
namespace {

namespace json = boost::json;
using openai::at;
using openai::given;
using openai::Problem;

constexpr std::string_view kModes[] = {"none", "auto", "required"};
constexpr std::string_view kFunctionMembers[] = {
    "type",          "name",          "description",     "parameters", "strict",
    "output_schema", "defer_loading", "allowed_callers", "async"};

/// What the provider can run itself, and the member that each needs.
struct HostedTool {
  std::string_view type;
  std::string_view needs;  // empty: nothing
};
constexpr HostedTool kHosted[] = {
    {"code_interpreter", "container"},
    {"file_search", "vector_store_ids"},
    {"mcp", "server_label"},
    {"namespace", "tools"},
    {"computer", ""},
    {"computer_use_preview", ""},
    {"image_generation", ""},
    {"local_shell", ""},
    {"shell", ""},
    {"apply_patch", ""},
    {"tool_search", ""},
    {"programmatic_tool_calling", ""},
    {"web_search", ""},
    {"web_search_2025_08_26", ""},
    {"web_search_preview", ""},
    {"web_search_preview_2025_03_11", ""},
};

const HostedTool* hosted(std::string_view type) {
  const auto* found = std::find_if(std::begin(kHosted), std::end(kHosted),
                                   [&](const HostedTool& tool) { return tool.type == type; });
  return found == std::end(kHosted) ? nullptr : found;
}

std::vector<std::string_view> tool_types() {
  std::vector<std::string_view> types{"function", "custom"};
  for (const auto& tool : kHosted) types.push_back(tool.type);
  return types;
}

bool holds(const std::vector<std::string>& list, std::string_view entry) {
  return std::find(list.begin(), list.end(), entry) != list.end();
}

bool offers(const Tools& tools, std::string_view name) {
  return std::any_of(tools.offered.begin(), tools.offered.end(),
                     [&](const OfferedTool& tool) { return tool.name == name; });
}

// ---- tools

/// Strict where it was asked for; where nothing was said, if the schema allows it.
Problem read_strict(const json::object& tool, const std::string& path, const OfferedTool& offered,
                    bool& strict) {
  const auto* wanted = given(tool, "strict");
  if (wanted != nullptr) {
    if (auto problem = openai::check_boolean(*wanted, at(path, "strict"))) return problem;
  }
  strict = wanted && wanted->get_bool();
  if (offered.parameters.is_null()) return std::nullopt;
  auto complaint = openai::schema_problem(offered.parameters);
  if (!complaint && (strict || wanted == nullptr)) {
    complaint = openai::strict_schema_problem(offered.parameters);
    if (wanted == nullptr) {
      strict = !complaint;
      return std::nullopt;
    }
  }
  if (!complaint) return std::nullopt;
  return openai::invalid_request(
      fmt::format("Invalid schema for function '{}': {}", offered.name, *complaint),
      at(path, "parameters"), "invalid_function_parameters");
}

Problem read_function(const json::object& tool, const std::string& path, Tools& out) {
  const auto* name = given(tool, "name");
  if (name == nullptr) return openai::missing_parameter(at(path, "name"));
  if (auto problem = openai::check_identifier(*name, at(path, "name"))) return problem;
  if (auto problem = openai::check_names(tool, kFunctionMembers, path)) return problem;
  if (const auto* text = given(tool, "description")) {
    if (auto problem = openai::check_text(*text, at(path, "description"))) return problem;
  }
  OfferedTool offered{std::string(name->get_string()), nullptr};
  if (const auto* parameters = given(tool, "parameters")) {
    if (!parameters->is_object()) {
      return openai::invalid_type(at(path, "parameters"), "an object", *parameters);
    }
    offered.parameters = *parameters;
  }
  bool strict = false;
  if (auto problem = read_strict(tool, path, offered, strict)) return problem;
  json::object echo{{"type", "function"},
                    {"description", nullptr},
                    {"name", *name},
                    {"parameters", offered.parameters},
                    {"strict", strict}};
  for (const auto& [key, value] : tool) {
    if (key != "strict") echo[key] = value;
  }
  out.echo.push_back(std::move(echo));
  out.offered.push_back(std::move(offered));
  return std::nullopt;
}

Problem read_custom(const json::object& tool, const std::string& path, Tools& out) {
  const auto* name = given(tool, "name");
  if (name == nullptr) return openai::missing_parameter(at(path, "name"));
  if (auto problem = openai::check_identifier(*name, at(path, "name"))) return problem;
  out.custom.emplace_back(name->get_string());
  out.offered.push_back({out.custom.back(), nullptr});
  json::object echo = tool;
  if (!given(echo, "format")) echo["format"] = json::object{{"type", "text"}};
  out.echo.push_back(std::move(echo));
  return std::nullopt;
}

Problem read_tool(const json::value& value, const std::string& path, Tools& out) {
  const auto* tool = value.if_object();
  if (tool == nullptr) return openai::invalid_type(path, "an object", value);
  const auto* type = given(*tool, "type");
  if (type == nullptr) return openai::missing_parameter(at(path, "type"));
  if (auto problem = openai::check_text(*type, at(path, "type"))) return problem;
  const std::string_view kind = type->get_string();
  out.types.emplace_back(kind);
  if (kind == "function") return read_function(*tool, path, out);
  if (kind == "custom") return read_custom(*tool, path, out);
  const auto* known = hosted(kind);
  if (known == nullptr) return openai::not_one_of(at(path, "type"), kind, tool_types());
  if (!known->needs.empty() && !given(*tool, known->needs)) {
    return openai::missing_parameter(at(path, known->needs));
  }
  out.echo.push_back(value);
  return std::nullopt;
}

// ---- tool_choice

Problem choice_not_found(std::string_view what) {
  return openai::invalid_request(
      fmt::format("Tool choice '{}' not found in 'tools' parameter.", what), "tool_choice");
}

/// {"type":"function","name":"f"}, here and in the list of allowed_tools.
Problem read_named(const json::object& choice, const std::string& path, const Tools& tools,
                   Choice& out) {
  const auto* type = given(choice, "type");
  if (type == nullptr) return openai::missing_parameter(at(path, "type"));
  if (auto problem = openai::check_text(*type, at(path, "type"))) return problem;
  const std::string_view kind = type->get_string();
  if (kind == "function" || kind == "custom") {
    const auto* name = given(choice, "name");
    if (name == nullptr) return openai::missing_parameter(at(path, "name"));
    if (auto problem = openai::check_text(*name, at(path, "name"))) return problem;
    if (tools.types.empty()) return choice_not_found(kind);
    const std::string_view wanted = name->get_string();
    const bool custom = holds(tools.custom, wanted);
    if (!offers(tools, wanted) || custom != (kind == "custom")) return choice_not_found(wanted);
    out.allowed.emplace_back(wanted);
    return std::nullopt;
  }
  if (hosted(kind) == nullptr) return openai::not_one_of(at(path, "type"), kind, tool_types());
  return holds(tools.types, kind) ? std::nullopt : choice_not_found(kind);
}

Problem read_allowed(const json::object& choice, const Tools& tools, Choice& out) {
  constexpr std::string_view kAllowedModes[] = {"auto", "required"};
  const auto* mode = given(choice, "mode");
  if (mode == nullptr) return openai::missing_parameter("tool_choice.mode");
  if (auto problem = openai::check_choice(*mode, "tool_choice.mode", kAllowedModes)) return problem;
  if (mode->get_string() == "required") out.mode = ToolChoice::required;
  const auto* list = given(choice, "tools");
  if (list == nullptr) return openai::missing_parameter("tool_choice.tools");
  const auto* entries = list->if_array();
  if (entries == nullptr) {
    return openai::invalid_type("tool_choice.tools", "an array of objects", *list);
  }
  if (entries->empty()) return openai::empty_array("tool_choice.tools");
  for (std::size_t i = 0; i < entries->size(); ++i) {
    const auto path = at("tool_choice.tools", i);
    const auto* entry = (*entries)[i].if_object();
    if (entry == nullptr) return openai::invalid_type(path, "an object", (*entries)[i]);
    if (auto problem = read_named(*entry, path, tools, out)) return problem;
  }
  return std::nullopt;
}

// ---- text

Problem read_json_schema(const json::object& format, TextFormat& out) {
  constexpr std::string_view kMembers[] = {"type", "name", "schema", "strict", "description"};
  const auto* name = given(format, "name");
  if (name == nullptr) return openai::missing_parameter("text.format.name");
  if (auto problem = openai::check_identifier(*name, "text.format.name")) return problem;
  const auto* schema = given(format, "schema");
  if (schema == nullptr) return openai::missing_parameter("text.format.schema");
  if (!schema->is_object()) {
    return openai::invalid_type("text.format.schema", "an object", *schema);
  }
  if (auto problem = openai::check_names(format, kMembers, "text.format")) return problem;
  const auto* strict = given(format, "strict");
  if (strict != nullptr) {
    if (auto problem = openai::check_boolean(*strict, "text.format.strict")) return problem;
  }
  if (strict && strict->get_bool()) {
    if (const auto complaint = openai::strict_schema_problem(*schema)) {
      return openai::invalid_request(fmt::format("Invalid schema for response_format '{}': {}",
                                                 std::string_view(name->get_string()), *complaint),
                                     "text.format.schema", "invalid_json_schema");
    }
  }
  out.format = ReplyFormat::json_schema;
  out.schema = *schema;
  const auto* description = given(format, "description");
  out.echo["format"] = {{"type", "json_schema"},
                        {"description", description ? *description : json::value(nullptr)},
                        {"name", *name},
                        {"schema", *schema},
                        {"strict", strict != nullptr && strict->get_bool()}};
  return std::nullopt;
}

Problem read_format(const json::value& value, TextFormat& out) {
  constexpr std::string_view kTypes[] = {"json_object", "text", "json_schema"};
  constexpr std::string_view kMembers[] = {"type"};
  const auto* format = value.if_object();
  if (format == nullptr) return openai::invalid_type("text.format", "an object", value);
  const auto* type = given(*format, "type");
  if (type == nullptr) return openai::missing_parameter("text.format.type");
  if (auto problem = openai::check_choice(*type, "text.format.type", kTypes)) return problem;
  if (type->get_string() == "json_schema") return read_json_schema(*format, out);
  if (type->get_string() == "json_object") out.format = ReplyFormat::json_object;
  out.echo["format"] = json::object{{"type", *type}};
  return openai::check_names(*format, kMembers, "text.format");
}

}  // namespace

Problem read_tools(const json::value& tools, Tools& out) {
  const auto* list = tools.if_array();
  if (list == nullptr) return openai::invalid_type("tools", "an array of tools", tools);
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (auto problem = read_tool((*list)[i], at("tools", i), out)) return problem;
  }
  return std::nullopt;
}

Problem read_tool_choice(const json::value& choice, const Tools& tools, Choice& out) {
  if (const auto* object = choice.if_object()) {
    if (openai::text_of(*object, "type") == "allowed_tools")
      return read_allowed(*object, tools, out);
    if (auto problem = read_named(*object, "tool_choice", tools, out)) return problem;
    if (!out.allowed.empty()) out.mode = ToolChoice::required;
    return std::nullopt;
  }
  if (!choice.is_string()) {
    return openai::invalid_type(
        "tool_choice", fmt::format("one of an object or {}", openai::quoted_list(kModes, "or")),
        choice);
  }
  const std::string_view mode = choice.get_string();
  if (!openai::contains(kModes, mode)) return openai::not_one_of("tool_choice", mode, kModes);
  if (mode == "none") out.mode = ToolChoice::none;
  if (mode == "required") out.mode = ToolChoice::required;
  if (mode != "required" || !tools.types.empty()) return std::nullopt;
  return openai::invalid_request("Tool choice 'required' must be specified with 'tools' parameter.",
                                 "tool_choice");
}

Problem read_text_format(const json::value& text, TextFormat& out) {
  constexpr std::string_view kMembers[] = {"format", "verbosity"};
  constexpr std::string_view kVerbosities[] = {"low", "medium", "high"};
  const auto* object = text.if_object();
  if (object == nullptr) return openai::invalid_type("text", "an object", text);
  if (auto problem = openai::check_names(*object, kMembers, "text")) return problem;
  if (const auto* format = given(*object, "format")) {
    if (auto problem = read_format(*format, out)) return problem;
  }
  const auto* verbosity = given(*object, "verbosity");
  if (verbosity == nullptr) return std::nullopt;
  if (auto problem = openai::check_choice(*verbosity, "text.verbosity", kVerbosities)) {
    return problem;
  }
  out.verbosity = verbosity->get_string();
  return std::nullopt;
}

}  // namespace headgate::lab::responses
