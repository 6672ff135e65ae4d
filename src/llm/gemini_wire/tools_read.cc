#include "base/text/strings.h"
#include "llm/gemini_wire/config.h"
#include "llm/gemini_wire/schema.h"

namespace headgate::llm::gemini {
namespace {

using chat::Tool;
using chat::ToolKind;
using chat::ToolMode;

bool read_function(Reading& reading, Tool& out) {
  if (!reading.enter()) return false;
  std::string_view name;
  std::string openapi;
  while (reading.member(name)) {
    if (name == "name") {
      reading.string(out.name);
    } else if (name == "description") {
      reading.string(out.description);
    } else if (name == "parameters") {
      reading.raw_object(openapi);
    } else if (name == "parametersJsonSchema") {
      reading.raw(out.schema);
    } else {
      reading.extra(out.extras, {}, name);
    }
  }
  if (reading.failed()) return false;
  if (out.schema.empty() && !openapi.empty()) out.schema = json_schema_of(openapi);
  return !out.name.empty() || reading.reject("a function needs a name");
}

// One element of `tools`, which may hold functions and several tools of the provider.
bool read_tool(Reading& reading, chat::Request& out) {
  if (!reading.enter()) return false;
  std::string_view name;
  while (reading.member(name)) {
    if (name == "functionDeclarations") {
      const bool read = reading.each("functionDeclarations", reading.limits.tools_max, [&] {
        if (out.tools.size() >= reading.limits.tools_max) return reading.reject("too many tools");
        return read_function(reading, out.tools.emplace_back());
      });
      if (!read) return false;
      continue;
    }
    Tool& tool = out.tools.emplace_back();
    tool.kind = ToolKind::builtin;
    tool.name = name;
    if (!reading.cursor.skip()) return false;
    tool.format = "{" + base::json_string(tool.name) + ":";
    tool.format.append(reading.cursor.value_text()).append("}");
  }
  return !reading.failed();
}

bool read_names(Reading& reading, std::vector<std::string>& out) {
  return reading.each("allowedFunctionNames", reading.limits.tools_max,
                      [&] { return reading.string(out.emplace_back()); });
}

// The mode and the names say together what shall be called.
void settle(std::string mode, chat::ToolChoice choice, chat::Request& out) {
  mode = base::to_lower(mode);
  const bool named = !choice.names.empty();
  if (mode == "none") {
    choice.mode = ToolMode::none;
  } else if (mode == "any") {
    choice.mode = !named                     ? ToolMode::required
                  : choice.names.size() == 1 ? ToolMode::named
                                             : ToolMode::allowed;
    choice.required = choice.mode == ToolMode::allowed;
  } else if (named) {
    choice.mode = ToolMode::allowed;
  } else if (mode == "validated") {  // automatic, and calls that fit their schemas
    out.extras.push_back({"toolConfig.functionCallingConfig.mode", "\"VALIDATED\""});
    return;
  } else if (mode != "auto") {
    return;
  }
  out.tool_choice = std::move(choice);
}

bool read_calling(Reading& reading, chat::Request& out) {
  if (!reading.enter()) return false;
  std::string mode;
  chat::ToolChoice choice;
  std::string_view name;
  while (reading.member(name)) {
    if (name == "mode") {
      const Reading::Step step(reading, "mode");
      reading.string(mode);
    } else if (name == "allowedFunctionNames") {
      read_names(reading, choice.names);
    } else {
      reading.extra(out.extras, "toolConfig.functionCallingConfig.", name);
    }
  }
  if (reading.failed()) return false;
  settle(std::move(mode), std::move(choice), out);
  return true;
}

}  // namespace

bool read_tools(Reading& reading, chat::Request& out) {
  return reading.each("tools", reading.limits.tools_max, [&] { return read_tool(reading, out); });
}

bool read_tool_config(Reading& reading, chat::Request& out) {
  if (!reading.enter()) return false;
  std::string_view name;
  while (reading.member(name)) {
    if (name == "functionCallingConfig") {
      const Reading::Step step(reading, "functionCallingConfig");
      if (!read_calling(reading, out)) return false;
    } else {
      reading.extra(out.extras, "toolConfig.", name);
    }
  }
  return !reading.failed();
}

}  // namespace headgate::llm::gemini
