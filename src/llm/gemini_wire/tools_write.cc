#include <algorithm>
#include <utility>

#include "llm/gemini_wire/config.h"
#include "llm/gemini_wire/part.h"
#include "llm/gemini_wire/schema.h"

namespace headgate::llm::gemini {
namespace {

using chat::Tool;
using chat::ToolKind;
using chat::ToolMode;

constexpr std::string_view kPrefix = "toolConfig.";
constexpr std::string_view kCallingPrefix = "toolConfig.functionCallingConfig.";

std::string field_of(std::size_t index) { return "tools[" + std::to_string(index) + "]"; }

void write_function(Encoding& e, const Tool& tool, std::size_t index) {
  const std::string field = field_of(index);
  e.out.begin_object();
  e.out.member("name", tool.name);
  if (!tool.description.empty()) e.out.member("description", tool.description);
  if (!tool.schema.empty()) {
    std::vector<std::string> dropped;
    e.out.member_raw("parametersJsonSchema", supported_schema(tool.schema, dropped));
    for (const std::string& keyword : dropped) {
      e.hint(field,
             "Gemini's schemas have no '" + keyword + "', which tool '" + tool.name + "' uses");
    }
  }
  if (e.is_native()) {
    write_extras(e.out, tool.extras, {});
  } else {
    e.lose_extras(tool.extras, field + ".");
  }
  e.out.end_object();
  if (tool.strict.value_or(false)) {
    e.hint(field, "Gemini does not enforce the schema of one tool ('" + tool.name + "')");
  }
  if (tool.cache) e.hint(field, "Gemini has no cache marks");
}

void write_functions(Encoding& e) {
  const auto& tools = e.request.tools;
  e.out.begin_object();
  e.out.array("functionDeclarations");
  for (std::size_t i = 0; i < tools.size(); ++i) {
    if (tools[i].kind == ToolKind::function) write_function(e, tools[i], i);
  }
  e.out.end_array();
  e.out.end_object();
}

// Whether Gemini can be told of the tool at all.
bool sayable(const Encoding& e, const Tool& tool) {
  return tool.kind == ToolKind::function || (tool.kind == ToolKind::builtin && e.is_native());
}

void lose_others(Encoding& e) {
  const auto& tools = e.request.tools;
  for (std::size_t i = 0; i < tools.size(); ++i) {
    if (sayable(e, tools[i])) continue;
    const bool custom = tools[i].kind == ToolKind::custom;
    e.meaning(field_of(i), custom
                               ? "Gemini has no tools that take free text ('" + tools[i].name + "')"
                               : "the tool '" + tools[i].name + "' belongs to another provider");
  }
}

struct Calling {
  std::string_view mode;
  const std::vector<std::string>* names = nullptr;
};

Calling calling_of(const chat::ToolChoice& choice) {
  switch (choice.mode) {
    case ToolMode::none: return {"NONE", nullptr};
    case ToolMode::required: return {"ANY", nullptr};
    case ToolMode::named: return {"ANY", &choice.names};
    case ToolMode::allowed: return {choice.required ? "ANY" : "VALIDATED", &choice.names};
    case ToolMode::automatic: break;
  }
  return {"AUTO", nullptr};
}

void write_calling(Encoding& e) {
  const auto& choice = e.request.tool_choice;
  e.out.object("functionCallingConfig");
  if (choice) {
    const Calling calling = calling_of(*choice);
    e.out.member("mode", calling.mode);
    if (calling.names) {
      e.out.array("allowedFunctionNames");
      for (const std::string& name : *calling.names) e.out.string(name);
      e.out.end_array();
    }
  }
  if (e.is_native()) write_extras(e.out, e.request.extras, kCallingPrefix);
  e.out.end_object();
}

bool has_functions(const chat::Request& request) {
  return std::any_of(request.tools.begin(), request.tools.end(),
                     [](const Tool& tool) { return tool.kind == ToolKind::function; });
}

bool has_extra(const Encoding& e, std::string_view prefix) {
  const auto& extras = e.request.extras;
  return e.is_native() && std::any_of(extras.begin(), extras.end(), [&](const chat::Extra& extra) {
           return extra.name.starts_with(prefix);
         });
}

}  // namespace

void write_tools(Encoding& e) {
  const auto& tools = e.request.tools;
  lose_others(e);
  if (std::none_of(tools.begin(), tools.end(), [&](const Tool& t) { return sayable(e, t); })) {
    return;
  }
  bool functions_written = false;
  e.out.array("tools");
  for (const Tool& tool : tools) {
    if (!sayable(e, tool)) continue;
    if (tool.kind == ToolKind::builtin) {
      e.out.raw(tool.format);
    } else if (!std::exchange(functions_written, true)) {
      write_functions(e);
    }
  }
  e.out.end_array();
}

void write_tool_config(Encoding& e) {
  const auto& choice = e.request.tool_choice;
  if (choice && choice->custom) {
    e.meaning(e.name(chat::Field::tool_choice), "Gemini has no tools that take free text");
  }
  // Without functions there is nothing to choose from, and saying so is refused.
  const bool chooses = choice && !choice->custom && (e.is_native() || has_functions(e.request));
  const bool calling = chooses || has_extra(e, kCallingPrefix);
  if (!calling && !has_extra(e, kPrefix)) return;
  e.out.object("toolConfig");
  if (calling) write_calling(e);
  if (e.is_native()) write_extras(e.out, e.request.extras, kPrefix, {kCallingPrefix});
  e.out.end_object();
}

}  // namespace headgate::llm::gemini
