#include "lab/anthropic/tools.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lab/neutral/tokens.h"

namespace headgate::lab::anthropic {
namespace {

namespace json = boost::json;

constexpr auto kToolTypes = std::to_array<std::string_view>({"bash_20250124",
                                                             "browser_toolset_20260801",
                                                             "code_execution_20250522",
                                                             "code_execution_20250825",
                                                             "code_execution_20260120",
                                                             "code_execution_20260521",
                                                             "computer_toolset_20260801",
                                                             "custom",
                                                             "memory_20250818",
                                                             "text_editor_20250124",
                                                             "text_editor_20250429",
                                                             "text_editor_20250728",
                                                             "tool_search_tool_bm25_20251119",
                                                             "tool_search_tool_regex_20251119",
                                                             "web_fetch_20250910",
                                                             "web_fetch_20260209",
                                                             "web_fetch_20260309",
                                                             "web_fetch_20260318",
                                                             "web_search_20250305",
                                                             "web_search_20260209",
                                                             "web_search_20260318"});
constexpr std::size_t kNameLengthMax = 128;
constexpr int kSchemaDepthMax = 32;

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameLengthMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

bool is_type(const json::object& schema, std::string_view type) {
  const auto* value = schema.if_contains("type");
  return value != nullptr && *value == json::value(type);
}

/// Why Anthropic cannot compile `schema` into a grammar; empty when it can.
std::string grammar_problem(const json::value& schema, int depth);

std::string grammar_problem_of_object(const json::object& schema) {
  if (is_type(schema, "object")) {
    const auto* more = schema.if_contains("additionalProperties");
    if (more == nullptr) {
      return "For 'object' type, 'additionalProperties' must be explicitly set to false";
    }
    if (*more != json::value(false)) {
      return fmt::format(
          "For 'object' type, 'additionalProperties: {}' is not supported. Please set "
          "'additionalProperties' to false",
          json::serialize(*more));
    }
  }
  struct Unsupported {
    std::string_view type;
    std::string_view key;
  };
  constexpr auto kUnsupported = std::to_array<Unsupported>({{"integer", "minimum"},
                                                            {"integer", "maximum"},
                                                            {"integer", "multipleOf"},
                                                            {"number", "minimum"},
                                                            {"number", "maximum"},
                                                            {"number", "multipleOf"},
                                                            {"string", "minLength"},
                                                            {"string", "maxLength"},
                                                            {"array", "maxItems"},
                                                            {"array", "uniqueItems"}});
  for (const auto& [type, key] : kUnsupported) {
    if (is_type(schema, type) && schema.contains(key)) {
      return fmt::format("For '{}' type, property '{}' is not supported", type, key);
    }
  }
  return {};
}

/// The schemas right inside `schema`.
std::vector<const json::value*> parts_of(const json::object& schema) {
  std::vector<const json::value*> parts;
  for (const std::string_view key : {"properties", "$defs", "definitions"}) {
    const auto* members = schema.if_contains(key);
    if (members == nullptr || !members->is_object()) continue;
    for (const auto& member : members->get_object()) parts.push_back(&member.value());
  }
  for (const std::string_view key : {"anyOf", "allOf", "oneOf"}) {
    const auto* options = schema.if_contains(key);
    if (options == nullptr || !options->is_array()) continue;
    for (const auto& option : options->get_array()) parts.push_back(&option);
  }
  if (const auto* items = schema.if_contains("items")) parts.push_back(items);
  return parts;
}

std::string grammar_problem(const json::value& schema, int depth) {
  const auto* object = schema.if_object();
  if (object == nullptr || depth > kSchemaDepthMax) return {};
  if (auto problem = grammar_problem_of_object(*object); !problem.empty()) return problem;
  for (const auto* part : parts_of(*object)) {
    if (auto problem = grammar_problem(*part, depth + 1); !problem.empty()) return problem;
  }
  return {};
}

OfferedTool read_custom(const Node& tool, CacheMarks& marks, CacheBlock& block) {
  tool.only({"type", "name", "description", "input_schema", "cache_control", "strict",
             "allowed_callers", "defer_loading", "eager_input_streaming", "input_examples"});
  OfferedTool out;
  const Node name = tool["name"];
  const Node schema = tool["input_schema"];
  if (!name.required() || !schema.required()) return out;
  out.name = name.text();
  if (!is_name(out.name)) {
    name.note("String should match pattern '^[a-zA-Z0-9_-]{1,128}$'");
  }
  tool["description"].text();
  if (!schema.is_object()) return out;
  if (schema["type"].required()) schema["type"].choice({"object"});
  out.parameters = schema.value();
  if (tool["strict"].flag(false)) {
    const auto problem = grammar_problem(schema.value(), 0);
    if (!problem.empty()) tool.note(problem);
  }
  marks.read(tool, block);
  return out;
}

OfferedTool read_tool(const Node& tool, CacheMarks& marks, CacheBlock& block) {
  if (!tool.is_object()) return {};
  const bool typed = tool["type"].given();
  const auto type = typed ? tool.variant(kToolTypes) : std::string("custom");
  if (type.empty()) return {};
  if (type == "custom") return read_custom(tool.as(type), marks, block);
  const Node known = tool.as(type);
  marks.read(known, block);
  if (type.find("toolset") != type.npos) return {type, nullptr};
  return {known["name"].required() ? known["name"].text() : std::string(), nullptr};
}

bool is_offered(const Prompt& prompt, const std::string& name) {
  return std::any_of(prompt.tools.begin(), prompt.tools.end(),
                     [&](const OfferedTool& tool) { return tool.name == name; });
}

}  // namespace

void read_tools(const Node& tools, CacheMarks& marks, Prompt& out) {
  if (!tools.given()) return;
  for (std::size_t i = 0; i < tools.size() && !tools.failed(); ++i) {
    const Node node = tools.item(i);
    CacheBlock block;
    OfferedTool tool = read_tool(node, marks, block);
    if (node.failed()) return;
    if (is_offered(out, tool.name)) tools.note("Tool names must be unique.");
    block.text = cache_text_of(node, "tool");
    block.tokens = count_tokens(json::serialize(node.value()));
    out.tools.push_back(std::move(tool));
    out.cache_blocks.push_back(std::move(block));
  }
}

void read_tool_choice(const Node& choice, Prompt& out) {
  if (!choice.given()) return;
  const auto kind = choice.variant({"any", "auto", "none", "tool"});
  if (kind.empty()) return;
  const Node named = choice.as(kind);
  if (out.tools.empty()) {
    return choice.note_all(
        "tool_choice: `tool_choice` may only be specified while providing "
        "`tools`.");
  }
  if (kind == "none") {
    named.only({"type"});
    out.tool_choice = ToolChoice::none;
    return;
  }
  if (kind != "auto") out.tool_choice = ToolChoice::required;
  out.parallel_tool_calls = !named["disable_parallel_tool_use"].flag(false);
  if (kind != "tool") return named.only({"type", "disable_parallel_tool_use"});
  named.only({"type", "name", "disable_parallel_tool_use"});
  if (!named["name"].required()) return;
  out.tools_allowed.push_back(named["name"].text());
  if (!is_offered(out, out.tools_allowed.front())) {
    choice.note_all(fmt::format("tool_choice: Tool '{}' not found in provided tools",
                                out.tools_allowed.front()));
  }
}

void read_output_config(const Node& config, Prompt& out) {
  if (!config.given() || !config.is_object()) return;
  config.only({"effort", "format"});
  if (config["effort"].given()) config["effort"].choice({"low", "medium", "high", "xhigh", "max"});
  const Node format = config["format"];
  if (!format.given() || format.variant({"json_schema"}).empty()) return;
  format.only({"type", "schema"});
  const Node schema = format["schema"];
  if (!schema.required() || !schema.is_object()) return;
  const auto problem = grammar_problem(schema.value(), 0);
  if (!problem.empty()) return schema.note(problem);
  out.format = ReplyFormat::json_schema;
  out.schema = schema.value();
  CacheBlock block;
  block.text = cache_text_of(schema, "format");
  block.tokens = count_tokens(json::serialize(schema.value()));
  out.cache_blocks.push_back(std::move(block));
}

}  // namespace headgate::lab::anthropic
