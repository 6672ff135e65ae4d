// The tools, choices and formats of a request, for RequestReader.
#include <utility>

#include "llm/openai/request_errors.h"
#include "llm/openai_chat/request_reader.h"
#include "llm/openai_chat/words.h"

namespace headgate::llm::openai_chat {

using base::json::Kind;
using chat::ToolKind;
using chat::ToolMode;
using openai::invalid;
using openai::missing;

namespace {

constexpr std::string_view kOneBody = "a tool is a function or a custom tool, not both.";

}  // namespace

bool RequestReader::tools(const Place& at) {
  if (cursor_.kind() == Kind::null) return cursor_.skip();
  if (cursor_.kind() != Kind::array) return wrong(at, "an array of objects");
  cursor_.enter_array();
  for (std::size_t i = 0; cursor_.next_element(); ++i) {
    if (!tool(at.at(i))) return false;
  }
  return cursor_.ok();
}

// The tools of the time before tools.
bool RequestReader::functions(const Place& at) {
  if (cursor_.kind() == Kind::null) return cursor_.skip();
  if (cursor_.kind() != Kind::array) return wrong(at, "an array of objects");
  cursor_.enter_array();
  for (std::size_t i = 0; cursor_.next_element(); ++i) {
    chat::Tool tool;
    if (!tool_body(at.at(i), tool) || !put_tool(at.at(i), std::move(tool))) return false;
  }
  return cursor_.ok();
}

bool RequestReader::put_tool(const Place& at, chat::Tool tool) {
  if (tool.name.empty()) return reject(missing(at.of("name").text()));
  if (request_.tools.size() == limits_.tools_max) {
    return reject(
        invalid(at.up->text(), "more than " + std::to_string(limits_.tools_max) + " tools."));
  }
  request_.tools.push_back(std::move(tool));
  return true;
}

bool RequestReader::tool(const Place& at) {
  if (cursor_.kind() != Kind::object) return wrong(at, "an object");
  const std::size_t begin = cursor_.offset();
  chat::Tool tool;
  std::string type;
  bool has_body = false;
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    bool read = true;
    if (key == "type") {
      read = text(at.of(key), type);
    } else if (key == "function" || key == "custom") {
      const bool custom = key == "custom";
      const Place body = at.of(custom ? "custom" : "function");
      if (std::exchange(has_body, true)) return reject(invalid(body.text(), kOneBody));
      if (custom) tool.kind = ToolKind::custom;
      read = tool_body(body, tool);
    } else if (key == "cache_control") {
      read = read_cache_mark(cursor_, tool.cache);
    } else {
      read = extra(tool.extras, {});
    }
    if (!read) return false;
  }
  if (!cursor_.ok()) return false;
  if (!type.empty() && type != "function" && type != "custom") {
    chat::Tool builtin;
    builtin.kind = ToolKind::builtin;
    builtin.name = std::move(type);
    builtin.format = since(begin);
    return put_tool(at, std::move(builtin));
  }
  const Place body =
      at.of(type == "custom" || tool.kind == ToolKind::custom ? "custom" : "function");
  if (!has_body) return reject(missing(body.text()));
  return put_tool(body, std::move(tool));
}

bool RequestReader::tool_body(const Place& at, chat::Tool& tool) {
  if (cursor_.kind() != Kind::object) return wrong(at, "an object");
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    if (!tool_member(at, key, tool)) return false;
  }
  return cursor_.ok();
}

bool RequestReader::tool_member(const Place& at, std::string_view key, chat::Tool& tool) {
  if (key == "name") return text(at.of(key), tool.name);
  if (key == "description") return text(at.of(key), tool.description);
  if (key == "parameters") return raw(at.of(key), Kind::object, "an object", tool.schema);
  if (key == "format") return raw(at.of(key), Kind::object, "an object", tool.format);
  if (key == "strict") return boolean(at.of(key), tool.strict);
  if (key == "cache_control") return read_cache_mark(cursor_, tool.cache);
  // The old functions have no object around this one, where `type` would mean another thing.
  const bool old = at.index != Place::kMember;
  return extra(tool.extras, old ? std::string("function.") : std::string(at.name) + ".");
}

bool RequestReader::function_call(const Place& at) {
  if (cursor_.kind() == Kind::object) return tool_choice_object(at);
  return tool_choice(at);
}

bool RequestReader::tool_choice(const Place& at) {
  if (cursor_.kind() == Kind::object) return tool_choice_object(at);
  if (cursor_.kind() != Kind::string && cursor_.kind() != Kind::null) {
    return wrong(at, "a string or an object");
  }
  std::string word;
  if (!text(at, word)) return false;
  if (word.empty()) return true;
  chat::ToolChoice choice;
  if (word == "none") {
    choice.mode = ToolMode::none;
  } else if (word == "required" || word == "any") {
    choice.mode = ToolMode::required;
  } else if (word != "auto") {
    return reject(
        invalid(at.text(), "'" + word + "' is not one of 'none', 'auto' and 'required'."));
  }
  request_.tool_choice = std::move(choice);
  return true;
}

// {"type":"function","function":{"name":…}}, likewise custom and allowed_tools; the old
// {"name":…}. Anything else stays as it came.
bool RequestReader::tool_choice_object(const Place& at) {
  const std::size_t begin = cursor_.offset();
  chat::ToolChoice choice;
  choice.mode = ToolMode::named;
  bool known = true;
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    bool read = true;
    if (key == "type") {
      std::string type;
      read = text(at.of(key), type);
      known = known && (type == "function" || type == "custom" || type == "allowed_tools");
      choice.custom = choice.custom || type == "custom";
    } else if (key == "function" || key == "custom") {
      choice.custom = choice.custom || key == "custom";
      read = choice_names(at.of(choice.custom ? "custom" : "function"), choice, known);
    } else if (key == "name") {
      read = text(at.of(key), choice.names.emplace_back());
    } else if (key == "allowed_tools") {
      choice.mode = ToolMode::allowed;
      read = allowed_tools(at.of("allowed_tools"), choice, known);
    } else {
      known = false;
    }
    if (!read) return false;
  }
  if (!cursor_.ok()) return false;
  const bool named = choice.mode == ToolMode::named;
  if (known && (!named || (choice.names.size() == 1 && !choice.names[0].empty()))) {
    if (!named) choice.custom = false;
    request_.tool_choice = std::move(choice);
  } else {
    keep(request_.extras, {}, at.name, since(begin));
  }
  return true;
}

// {"name":…}, into the list of names.
bool RequestReader::choice_names(const Place& at, chat::ToolChoice& choice, bool& known) {
  if (cursor_.kind() != Kind::object) return wrong(at, "an object");
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    if (key != "name") {
      known = false;
    } else if (!text(at.of(key), choice.names.emplace_back())) {
      return false;
    }
  }
  return cursor_.ok();
}

bool RequestReader::allowed_tools(const Place& at, chat::ToolChoice& choice, bool& known) {
  if (cursor_.kind() != Kind::object) return wrong(at, "an object");
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    if (key == "mode") {
      std::string mode;
      if (!text(at.of(key), mode)) return false;
      choice.required = mode == "required";
      known = known && (mode == "required" || mode == "auto");
    } else if (key == "tools" && cursor_.kind() == Kind::array) {
      cursor_.enter_array();
      while (cursor_.next_element()) {
        if (!allowed_tool(at.of("tools"), choice, known)) return false;
      }
    } else {
      known = false;
    }
  }
  return cursor_.ok();
}

// One of the list: a function or custom tool by its name.
bool RequestReader::allowed_tool(const Place& at, chat::ToolChoice& choice, bool& known) {
  const std::size_t before = choice.names.size();
  if (before == limits_.tools_max) return reject(invalid(at.text(), "too many."));
  if (cursor_.kind() != Kind::object) return wrong(at, "an array of objects");
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    bool read = true;
    if (key == "name") {
      read = text(at.of(key), choice.names.emplace_back());
    } else if (key == "function" || key == "custom") {
      read = choice_names(at.of(key == "function" ? "function" : "custom"), choice, known);
    } else if (key != "type") {
      known = false;
    }
    if (!read) return false;
  }
  known = known && choice.names.size() == before + 1;
  return cursor_.ok();
}

bool RequestReader::response_format(const Place& at) {
  if (cursor_.kind() == Kind::null) return cursor_.skip();
  if (cursor_.kind() != Kind::object) return wrong(at, "an object");
  const std::size_t begin = cursor_.offset();
  chat::OutputFormat format;
  chat::Extras extras;
  std::string type;
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    bool read = true;
    if (key == "type") {
      read = text(at.of(key), type);
    } else if (key == "json_schema") {
      read = json_schema(at.of("json_schema"), format, extras);
    } else {
      read = extra(extras, "response_format.");
    }
    if (!read) return false;
  }
  if (!cursor_.ok()) return false;
  if (type == "json_schema") {
    format.kind = chat::FormatKind::json_schema;
    const Place schema = at.of("json_schema");
    if (format.schema.empty()) return reject(missing(schema.of("schema").text()));
  } else if (type == "json_object" || type == "text") {
    format = {};
    format.kind = type == "text" ? chat::FormatKind::text : chat::FormatKind::json_object;
  } else {  // a grammar, a regular expression …
    keep(request_.extras, {}, at.name, since(begin));
    return true;
  }
  request_.format = std::move(format);
  std::move(extras.begin(), extras.end(), std::back_inserter(request_.extras));
  return true;
}

bool RequestReader::json_schema(const Place& at, chat::OutputFormat& format, chat::Extras& extras) {
  if (cursor_.kind() != Kind::object) return wrong(at, "an object");
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    bool read = true;
    if (key == "name") {
      read = text(at.of(key), format.name);
    } else if (key == "description") {
      read = text(at.of(key), format.description);
    } else if (key == "schema") {
      read = raw(at.of(key), Kind::object, "an object", format.schema);
    } else if (key == "strict") {
      read = boolean(at.of(key), format.strict);
    } else {
      read = extra(extras, "response_format.json_schema.");
    }
    if (!read) return false;
  }
  return cursor_.ok();
}

}  // namespace headgate::llm::openai_chat
