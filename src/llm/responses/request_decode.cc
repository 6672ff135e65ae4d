#include "llm/responses/request_decode.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text/strings.h"
#include "llm/responses_items/item_decode.h"

namespace headgate::llm::responses {
namespace {

using base::json::Kind;
using chat::Message;
using chat::Part;
using chat::Role;

bool is_text(const Part& part) { return part.as<chat::Text>() || part.as<chat::Refusal>(); }

bool has_call(const Message& message) {
  return std::any_of(message.parts.begin(), message.parts.end(),
                     [](const Part& part) { return part.as<chat::ToolCall>() != nullptr; });
}

// The members that have a word in the model: each may be there once, since two parsers may take
// different ones.
constexpr std::array<std::string_view, 20> kMembers{"model",
                                                    "input",
                                                    "instructions",
                                                    "tools",
                                                    "tool_choice",
                                                    "text",
                                                    "reasoning",
                                                    "include",
                                                    "stream",
                                                    "parallel_tool_calls",
                                                    "max_output_tokens",
                                                    "temperature",
                                                    "top_p",
                                                    "top_logprobs",
                                                    "previous_response_id",
                                                    "store",
                                                    "metadata",
                                                    "service_tier",
                                                    "prompt_cache_key",
                                                    "safety_identifier"};

// Whether an item goes on with the turn of `turn`. A message right behind a message is a turn of
// its own, unless calls wait for their outputs: other dialects want those at once.
bool continues(const Message& turn, const Item& item) {
  if (turn.role != item.role) return false;
  if (item.role == Role::tool) return true;
  if (item.role != Role::assistant) return false;
  const bool behind_text = !turn.parts.empty() && is_text(turn.parts.back());
  return !item.is_message || !behind_text || has_call(turn);
}

void add_item(std::vector<Message>& messages, Item item) {
  for (Part& part : item.parts) {
    auto* result = part.as<chat::ToolResult>();
    if (result != nullptr && result->name.empty()) {
      result->name = called_name(messages, result->call_id);
    }
  }
  if (!messages.empty() && continues(messages.back(), item)) {
    std::vector<Part>& parts = messages.back().parts;
    parts.insert(parts.end(), std::make_move_iterator(item.parts.begin()),
                 std::make_move_iterator(item.parts.end()));
    return;
  }
  Message& message = messages.emplace_back();
  message.role = item.role;
  message.parts = std::move(item.parts);
  message.extras = std::move(item.extras);
}

bool read_items(Reading& reading, std::vector<Message>& messages) {
  if (!reading.enter_array("")) return reading.ok();
  while (reading.cursor.next_element()) {
    const auto index = static_cast<std::size_t>(++reading.at.item);
    if (index >= reading.limits.messages_max) return reading.reject("", "too many items");
    Item item;
    if (!decode_item(reading, item)) return false;
    add_item(messages, std::move(item));
  }
  return reading.ok();
}

class Decoder {
 public:
  Decoder(std::string_view body, const chat::Source& source, const chat::Limits& limits)
      : reading_(body, limits, Reading::Side::caller) {
    request_.origin = chat::Dialect::openai_responses;
    request_.stream = source.stream;
  }

  base::Result<chat::Request> run();

 private:
  bool once(std::string_view key);
  bool member(std::string_view key);
  bool sampling(std::string_view key);
  bool state(std::string_view key);
  bool input();
  bool instructions();
  bool tools();
  bool tool();
  bool function_tool(chat::Tool& tool);
  bool custom_tool(chat::Tool& tool);
  bool tool_choice();
  bool choice_object();
  bool allowed_tools(chat::ToolChoice& choice);
  bool text();
  bool format();
  bool reasoning();
  bool include();
  bool sub_extra(std::string_view group, std::string_view key);
  bool flag(std::string_view key, bool& out);

  Reading reading_;
  chat::Request request_;
  std::string user_;
  std::optional<Message> instructions_;
  bool has_prompt_ = false;
  unsigned seen_ = 0;
};

bool Decoder::once(std::string_view key) {
  const auto* found = std::find(kMembers.begin(), kMembers.end(), key);
  if (found == kMembers.end()) return true;
  const unsigned bit = 1U << (found - kMembers.begin());
  if ((seen_ & bit) != 0) return reading_.reject(*found, "it appears more than once");
  seen_ |= bit;
  return true;
}

bool Decoder::member(std::string_view key) {
  if (!once(key)) return false;
  if (key == "model") return reading_.string("model", request_.model);
  if (key == "input") return input();
  if (key == "instructions") return instructions();
  if (key == "tools") return tools();
  if (key == "tool_choice") return tool_choice();
  if (key == "text") return text();
  if (key == "reasoning") return reasoning();
  if (key == "include") return include();
  if (key == "stream") return flag("stream", request_.stream);
  if (key == "parallel_tool_calls") {
    return reading_.boolean("parallel_tool_calls", request_.parallel_tool_calls);
  }
  return sampling(key);
}

bool Decoder::sampling(std::string_view key) {
  if (key == "max_output_tokens") {
    return reading_.count("max_output_tokens", request_.output_tokens_max);
  }
  if (key == "temperature") return reading_.number("temperature", request_.temperature);
  if (key == "top_p") return reading_.number("top_p", request_.top_p);
  if (key == "top_logprobs") return reading_.count("top_logprobs", request_.top_logprobs);
  return state(key);
}

bool Decoder::state(std::string_view key) {
  if (key == "previous_response_id") {
    return reading_.string("previous_response_id", request_.previous_response_id);
  }
  if (key == "store") return reading_.boolean("store", request_.store);
  if (key == "metadata") return reading_.raw("metadata", Kind::object, request_.metadata);
  if (key == "service_tier") return reading_.string("service_tier", request_.service_tier);
  if (key == "prompt_cache_key") return reading_.string("prompt_cache_key", request_.cache_key);
  if (key == "safety_identifier") return reading_.string("safety_identifier", request_.user);
  if (key == "user") return reading_.string("user", user_);
  has_prompt_ = has_prompt_ || key == "prompt" || key == "conversation";
  return reading_.extra(key, request_.extras);
}

bool Decoder::flag(std::string_view key, bool& out) {
  std::optional<bool> value;
  if (!reading_.boolean(key, value)) return false;
  out = value.value_or(out);
  return true;
}

bool Decoder::input() {
  const Kind kind = reading_.cursor.kind();
  if (kind == Kind::string) {
    std::string text;
    if (!reading_.string("input", text)) return false;
    Message& message = request_.messages.emplace_back();
    if (!text.empty()) message.parts.push_back(chat::text_part(std::move(text)));
    return true;
  }
  if (kind != Kind::array && kind != Kind::null && kind != Kind::none) {
    return reading_.wrong_type("input", "a string or an array of items", kind);
  }
  reading_.at.root = "input";
  const bool read = read_items(reading_, request_.messages);
  if (read) reading_.at = {};
  return read;
}

bool Decoder::instructions() {
  std::string text;
  if (!reading_.string("instructions", text)) return false;
  if (text.empty()) return true;
  Message& message = instructions_.emplace();
  message.role = Role::system;
  message.parts.push_back(chat::text_part(std::move(text)));
  return true;
}

bool Decoder::tools() {
  reading_.at.root = "tools";
  if (reading_.enter_array("")) {
    while (reading_.cursor.next_element()) {
      const auto index = static_cast<std::size_t>(++reading_.at.item);
      if (index >= reading_.limits.tools_max) return reading_.reject("", "too many tools");
      if (!tool()) return false;
    }
  }
  if (reading_.ok()) reading_.at = {};
  return reading_.ok();
}

bool Decoder::tool() {
  const Kind kind = reading_.cursor.kind();
  if (kind == Kind::none) return reading_.cursor.skip();
  if (kind != Kind::object) return reading_.wrong_type("", "an object", kind);
  const std::string_view type = peek_type(reading_.cursor);
  if (type.empty()) return reading_.missing("type");
  chat::Tool& tool = request_.tools.emplace_back();
  if (type == "function") return function_tool(tool);
  if (type == "custom") return custom_tool(tool);
  tool.kind = chat::ToolKind::builtin;
  tool.name = type;
  if (!reading_.cursor.skip()) return false;
  tool.format = reading_.cursor.value_text();
  return true;
}

bool Decoder::function_tool(chat::Tool& tool) {
  std::string_view key;
  reading_.cursor.enter_object();
  while (reading_.cursor.next_key(key)) {
    if (key == "type") continue;
    bool read = true;
    if (key == "name") {
      read = reading_.string("name", tool.name);
    } else if (key == "description") {
      read = reading_.string("description", tool.description);
    } else if (key == "parameters") {
      read = reading_.raw("parameters", Kind::object, tool.schema);
    } else if (key == "strict") {
      read = reading_.boolean("strict", tool.strict);
    } else {
      read = reading_.extra(key, tool.extras);
    }
    if (!read) return false;
  }
  return reading_.ok() && (!tool.name.empty() || reading_.missing("name"));
}

bool Decoder::custom_tool(chat::Tool& tool) {
  tool.kind = chat::ToolKind::custom;
  std::string_view key;
  reading_.cursor.enter_object();
  while (reading_.cursor.next_key(key)) {
    if (key == "type") continue;
    bool read = true;
    if (key == "name") {
      read = reading_.string("name", tool.name);
    } else if (key == "description") {
      read = reading_.string("description", tool.description);
    } else if (key == "format") {
      read = reading_.raw("format", Kind::object, tool.format);
    } else {
      read = reading_.extra(key, tool.extras);
    }
    if (!read) return false;
  }
  return reading_.ok() && (!tool.name.empty() || reading_.missing("name"));
}

bool Decoder::tool_choice() {
  const Kind kind = reading_.cursor.kind();
  if (kind == Kind::object) return choice_object();
  std::string mode;
  if (!reading_.string("tool_choice", mode)) return false;
  if (kind != Kind::string) return true;
  chat::ToolChoice& choice = request_.tool_choice.emplace();
  if (mode == "none") {
    choice.mode = chat::ToolMode::none;
  } else if (mode == "required") {
    choice.mode = chat::ToolMode::required;
  } else if (mode != "auto") {
    return reading_.reject("tool_choice", "supported are 'none', 'auto' and 'required'");
  }
  return true;
}

// A function or custom tool by name, a choice of functions; what else there is (hosted tools) has
// no word and is kept as it was written.
bool Decoder::choice_object() {
  const base::json::Cursor begin = reading_.cursor;
  const std::string_view type = peek_type(begin);
  chat::ToolChoice choice;
  choice.mode = type == "allowed_tools" ? chat::ToolMode::allowed : chat::ToolMode::named;
  choice.custom = type == "custom";
  bool known = type == "function" || type == "custom" || type == "allowed_tools";
  std::string name;
  std::string mode;
  std::string_view key;
  reading_.cursor.enter_object();
  while (reading_.cursor.next_key(key)) {
    if (key == "type") continue;
    if (key == "name" && choice.mode == chat::ToolMode::named) {
      known = known && reading_.cursor.kind() == Kind::string;
      if (known && !reading_.string("tool_choice.name", name)) return false;
    } else if (key == "mode" && choice.mode == chat::ToolMode::allowed) {
      if (!reading_.string("tool_choice.mode", mode)) return false;
    } else if (key == "tools" && choice.mode == chat::ToolMode::allowed) {
      known = allowed_tools(choice) && known;
    } else {
      known = false;
    }
  }
  if (!reading_.ok()) return false;
  if (choice.mode == chat::ToolMode::named) choice.names.push_back(std::move(name));
  choice.required = mode == "required";
  if (known) {
    request_.tool_choice = std::move(choice);
    return true;
  }
  reading_.cursor = begin;
  return reading_.extra("tool_choice", request_.extras);
}

// False where one of them is no plain function.
bool Decoder::allowed_tools(chat::ToolChoice& choice) {
  base::json::Cursor& cursor = reading_.cursor;
  if (cursor.kind() != Kind::array) {
    cursor.skip();
    return false;
  }
  bool plain = true;
  cursor.enter_array();
  while (cursor.next_element()) {
    plain = plain && peek_type(cursor) == "function";
    if (cursor.kind() != Kind::object) continue;
    base::json::Text name;
    std::string_view key;
    cursor.enter_object();
    while (cursor.next_key(key)) {
      plain = plain && (key == "type" || key == "name");
      if (key == "name") cursor.maybe_string(name);
    }
    plain = plain && !name.empty();
    choice.names.push_back(name.decode());
  }
  return plain;
}

bool Decoder::sub_extra(std::string_view group, std::string_view key) {
  std::string name(group);
  name += reading_.plain_key(key);
  if (!reading_.cursor.skip()) return false;
  request_.extras.push_back({std::move(name), std::string(reading_.cursor.value_text())});
  return true;
}

bool Decoder::text() {
  if (reading_.cursor.kind() == Kind::null) return reading_.cursor.skip();
  if (!reading_.enter_object("text")) return false;
  std::string_view key;
  while (reading_.cursor.next_key(key)) {
    const bool is_format = key == "format" && reading_.cursor.kind() != Kind::null;
    if (!(is_format ? format() : sub_extra("text.", key))) return false;
  }
  return reading_.ok();
}

bool Decoder::format() {
  reading_.at.root = "text.format";
  if (!reading_.enter_object("")) return false;
  chat::OutputFormat& format = request_.format.emplace();
  std::string type;
  std::string_view key;
  while (reading_.cursor.next_key(key)) {
    bool read = true;
    if (key == "type") {
      read = reading_.string("type", type);
    } else if (key == "name") {
      read = reading_.string("name", format.name);
    } else if (key == "description") {
      read = reading_.string("description", format.description);
    } else if (key == "schema") {
      read = reading_.raw("schema", Kind::object, format.schema);
    } else if (key == "strict") {
      read = reading_.boolean("strict", format.strict);
    } else {
      read = sub_extra("text.format.", key);
    }
    if (!read) return false;
  }
  if (type == "json_schema") {
    format.kind = chat::FormatKind::json_schema;
    if (format.schema.empty()) return reading_.missing("schema");
  } else if (type == "json_object") {
    format.kind = chat::FormatKind::json_object;
  } else if (type != "text") {
    return reading_.reject("type", "supported are 'text', 'json_schema' and 'json_object'");
  }
  reading_.at = {};
  return reading_.ok();
}

bool Decoder::reasoning() {
  if (reading_.cursor.kind() == Kind::null) return reading_.cursor.skip();
  if (!reading_.enter_object("reasoning")) return false;
  chat::ReasoningWish& wish = request_.reasoning.emplace();
  std::string_view key;
  while (reading_.cursor.next_key(key)) {
    bool read = true;
    if (key == "effort") {
      read = reading_.string("reasoning.effort", wish.effort);
    } else if (key == "summary") {
      read = reading_.string("reasoning.summary", wish.summary);
    } else {
      read = sub_extra("reasoning.", key);
    }
    if (!read) return false;
  }
  if (!wish.summary.empty()) wish.show = true;
  return reading_.ok();
}

// Log-probabilities are asked for here; everything else in the list is kept.
bool Decoder::include() {
  std::string rest;
  if (!reading_.enter_array("include")) return reading_.ok();
  while (reading_.cursor.next_element()) {
    base::json::Text text;
    if (reading_.cursor.maybe_string(text) && equals(text, "message.output_text.logprobs")) {
      request_.logprobs = true;
      continue;
    }
    rest += rest.empty() ? "[" : ",";
    rest += reading_.cursor.value_text();
  }
  if (!rest.empty()) request_.extras.push_back({"include", rest + ']'});
  return reading_.ok();
}

base::Result<chat::Request> Decoder::run() {
  std::string_view key;
  if (reading_.enter_object("")) {
    while (reading_.cursor.next_key(key) && member(key)) {
    }
  }
  if (!reading_.ok() || !reading_.cursor.finish()) return reading_.error();
  const bool goes_on = has_prompt_ || !request_.previous_response_id.empty();
  if (request_.model.empty()) {
    reading_.missing("model");
    return reading_.error();
  }
  if (request_.messages.empty() && !goes_on) {
    reading_.missing("input");
    return reading_.error();
  }
  if (instructions_) {
    request_.messages.insert(request_.messages.begin(), *std::move(instructions_));
  }
  if (request_.user.empty()) {
    request_.user = std::move(user_);
  } else if (!user_.empty()) {
    request_.extras.push_back({"user", base::json_string(user_)});
  }
  return std::move(request_);
}

}  // namespace

base::Result<chat::Request> decode_request(std::string_view body, const chat::Source& source,
                                           const chat::Limits& limits) {
  return Decoder(body, source, limits).run();
}

base::Result<std::vector<Message>> decode_items(std::string_view items_json,
                                                const chat::Limits& limits) {
  Reading reading(items_json, limits, Reading::Side::caller);
  std::vector<Message> messages;
  reading.at.root = "input";
  if (!read_items(reading, messages) || !reading.cursor.finish()) return reading.error();
  return messages;
}

}  // namespace headgate::llm::responses
