#include "llm/responses_items/item_decode.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "llm/responses_items/carrier.h"
#include "llm/responses_items/content_decode.h"

namespace headgate::llm::responses {
namespace {

using base::json::Kind;
using chat::Media;
using chat::Part;
using chat::Reasoning;

constexpr std::string_view kImageCall = "image_generation_call";

bool role_named(std::string_view text, chat::Role& role) {
  using chat::Role;
  for (const Role known : {Role::user, Role::assistant, Role::system, Role::developer}) {
    if (text != name(known)) continue;
    role = known;
    return true;
  }
  return false;
}

bool read_role(Reading& reading, Item& item) {
  std::string role;
  if (!reading.string("role", role)) return false;
  return role_named(role, item.role) ||
         reading.reject("role", "supported are 'user', 'assistant', 'system' and 'developer'");
}

// An assistant's message has no place of its own in a turn: what it says of itself goes with its
// first part.
void settle_message(Item& item, chat::Extras extras, const std::string& id) {
  if (item.role != chat::Role::assistant) {
    item.extras = std::move(extras);
  } else if (!extras.empty() || (item.parts.empty() && !id.empty())) {
    if (item.parts.empty()) item.parts.push_back(chat::text_part({}));
    for (chat::Extra& extra : extras) {
      item.parts.front().extras.push_back(
          {std::string(kItemExtra) + extra.name, std::move(extra.json)});
    }
  }
  for (Part& part : item.parts) part.item_id = id;
}

bool has_foreign_content(const Item& item) {
  return std::any_of(item.parts.begin(), item.parts.end(), [](const Part& part) {
    const auto* odd = part.as<chat::Opaque>();
    return odd != nullptr && !is_content_type(odd->type);
  });
}

bool message(Reading& reading, Item& item) {
  const base::json::Cursor begin = reading.cursor;
  const std::string logprobs = reading.logprobs != nullptr ? *reading.logprobs : std::string();
  item.is_message = true;
  chat::Extras extras;
  std::string id;
  std::string status;
  bool role = false;
  bool content = false;
  std::string_view key;
  reading.cursor.enter_object();
  while (reading.cursor.next_key(key)) {
    if (key == "type") continue;
    bool read = true;
    if (key == "role") {
      role = true;
      read = read_role(reading, item);
    } else if (key == "content") {
      content = true;
      read = decode_content(reading, "content", item.parts);
    } else if (key == "id") {
      read = reading.string("id", id);
    } else if (key == "status") {
      read = reading.string("status", status);
    } else {
      read = reading.extra(key, extras);
    }
    if (!read) return false;
  }
  if (!reading.ok()) return false;
  if (reading.side == Reading::Side::caller) {  // a provider's item may be on its way still
    if (!role) return reading.missing("role");
    if (!content) return reading.missing("content");
  }
  if (item.role == chat::Role::assistant && has_foreign_content(item)) {
    reading.cursor = begin;
    item = Item{};
    if (reading.logprobs != nullptr) *reading.logprobs = logprobs;  // the item says its own
    return decode_opaque(reading, "message", item.parts.emplace_back());
  }
  settle_message(item, std::move(extras), id);
  return true;
}

bool call_extra(Reading& reading, std::string_view key, Part& part, chat::Signature& signature) {
  if (key != "extra_content") return reading.extra(key, part.extras);
  if (!reading.cursor.skip()) return false;
  const std::string_view json = reading.cursor.value_text();
  if (!read_call_signature(json, signature)) {
    part.extras.push_back({"extra_content", std::string(json)});
  }
  return true;
}

// An answer may forget the id of a call; whoever answers the call needs one.
bool settle_call(Reading& reading, chat::ToolCall& call, const std::string& item_id) {
  if (reading.side == Reading::Side::provider) {
    if (call.id.empty()) {
      call.id = item_id.empty() ? "call_" + std::to_string(reading.at.item) : item_id;
    }
    return true;
  }
  if (call.id.empty()) return reading.missing("call_id");
  return !call.name.empty() || reading.missing("name");
}

bool tool_call(Reading& reading, bool custom, Item& item) {
  Part& part = item.parts.emplace_back();
  chat::ToolCall call;
  call.custom = custom;
  std::string status;
  const std::string_view arguments = custom ? "input" : "arguments";
  std::string_view key;
  reading.cursor.enter_object();
  while (reading.cursor.next_key(key)) {
    if (key == "type") continue;
    bool read = true;
    if (key == "call_id") {
      read = reading.string("call_id", call.id);
    } else if (key == "name") {
      read = reading.string("name", call.name);
    } else if (key == arguments) {
      read = reading.string(arguments, call.arguments);
    } else if (key == "id") {
      read = reading.string("id", part.item_id);
    } else if (key == "status") {
      read = reading.string("status", status);
    } else {
      read = call_extra(reading, key, part, call.signature);
    }
    if (!read) return false;
  }
  if (!reading.ok() || !settle_call(reading, call, part.item_id)) return false;
  part.value = std::move(call);
  return true;
}

bool tool_result(Reading& reading, bool custom, Item& item) {
  const base::json::Cursor begin = reading.cursor;
  item.role = chat::Role::tool;
  Part& part = item.parts.emplace_back();
  chat::ToolResult result;
  result.custom = custom;
  std::string status;
  std::string_view key;
  reading.cursor.enter_object();
  while (reading.cursor.next_key(key)) {
    if (key == "type") continue;
    bool read = true;
    if (key == "call_id") {
      read = reading.string("call_id", result.call_id);
    } else if (key == "output") {
      read = decode_content(reading, "output", result.content);
    } else if (key == "name") {
      read = reading.string("name", result.name);
    } else if (key == "id") {
      read = reading.string("id", part.item_id);
    } else if (key == "status") {
      read = reading.string("status", status);
    } else {
      read = reading.extra(key, part.extras);
    }
    if (!read) return false;
  }
  if (!reading.ok()) return false;
  if (result.call_id.empty()) {  // of a tool that the server called: nothing to pair it with
    reading.cursor = begin;
    part = Part{};
    return decode_opaque(reading, custom ? "custom_tool_call_output" : "function_call_output",
                         part);
  }
  part.value = std::move(result);
  return true;
}

// Without an id nothing would hold several pieces together: they become one.
void join_thoughts(std::vector<Part>& parts) {
  auto& whole = parts.front().as<Reasoning>()->text;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    whole += "\n\n";
    whole += parts[i].as<Reasoning>()->text;
  }
  parts.resize(1);
}

// What is redacted shows nothing: an envelope that says so around a text is none of ours.
void sign(Reasoning& last, const std::string& encrypted, std::size_t pieces) {
  unpack_signature(encrypted, last);
  if (!last.redacted || (pieces == 1 && last.text.empty())) return;
  last.redacted = false;
  last.signature = {chat::Dialect::openai_responses, encrypted};
}

void settle_reasoning(Item& item, std::vector<Part> content, const std::string& id,
                      const std::string& encrypted, chat::Extras extras) {
  std::vector<Part>& parts = item.parts;
  std::move(content.begin(), content.end(), std::back_inserter(parts));
  if (parts.empty()) {
    parts.emplace_back().value = Reasoning{.is_summary = true};
  } else if (id.empty() && parts.size() > 1) {
    join_thoughts(parts);
  }
  // Nothing to show is nothing to tell apart.
  auto& first = *parts.front().as<Reasoning>();
  const bool blank = parts.size() == 1 && first.text.empty() && parts.front().extras.empty();
  first.is_summary = first.is_summary || blank;
  for (Part& part : parts) part.as<Reasoning>()->id = id;
  if (!encrypted.empty()) sign(*parts.back().as<Reasoning>(), encrypted, parts.size());
  for (chat::Extra& extra : extras) {
    extra.name.insert(0, kItemExtra);
    parts.front().extras.push_back(std::move(extra));
  }
}

bool reasoning(Reading& reading, Item& item) {
  std::vector<Part> content;
  chat::Extras extras;
  std::string id;
  std::string status;
  std::string encrypted;
  std::string_view key;
  reading.cursor.enter_object();
  while (reading.cursor.next_key(key)) {
    if (key == "type") continue;
    bool read = true;
    if (key == "id") {
      read = reading.string("id", id);
    } else if (key == "summary") {
      read = decode_thoughts(reading, "summary", item.parts);
    } else if (key == "content") {
      read = decode_thoughts(reading, "content", content);
    } else if (key == "encrypted_content") {
      read = reading.string("encrypted_content", encrypted);
    } else if (key == "status") {
      read = reading.string("status", status);
    } else {
      read = reading.extra(key, extras);
    }
    if (!read) return false;
  }
  if (!reading.ok()) return false;
  settle_reasoning(item, std::move(content), id, encrypted, std::move(extras));
  return true;
}

// The result of an image tool is an image of the answer. Of a request it stays what it was: no
// other dialect lets the assistant's turn of a request hold an image.
bool image_call(Reading& reading, Item& item) {
  const base::json::Cursor begin = reading.cursor;
  Part& part = item.parts.emplace_back();
  Media media;
  std::string status;
  std::string format;
  std::string_view key;
  reading.cursor.enter_object();
  while (reading.cursor.next_key(key)) {
    if (key == "type") continue;
    bool read = true;
    if (key == "id") {
      read = reading.string("id", part.item_id);
    } else if (key == "result") {
      read = reading.string("result", media.data);
    } else if (key == "output_format") {
      read = reading.string("output_format", format);
    } else if (key == "status") {
      read = reading.string("status", status);
    } else {
      read = reading.extra(key, part.extras);
    }
    if (!read) return false;
  }
  if (!reading.ok()) return false;
  if (media.data.empty() || (!status.empty() && status != "completed")) {
    reading.cursor = begin;
    part = Part{};
    return decode_opaque(reading, kImageCall, part);
  }
  media.mime = "image/" + (format.empty() ? "png" : format);
  part.value = std::move(media);
  return true;
}

// The side of an item that nobody here knows.
chat::Role role_of(std::string_view type) {
  const bool result = type.ends_with("_output") || type.ends_with("_response");
  return result ? chat::Role::tool : chat::Role::assistant;
}

bool has_member(const base::json::Cursor& at, std::string_view member) {
  base::json::Cursor look = at;
  std::string_view key;
  if (look.kind() != Kind::object || !look.enter_object()) return false;
  while (look.next_key(key)) {
    if (key == member) return true;
  }
  return false;
}

}  // namespace

std::string_view called_name(std::span<const chat::Message> messages, std::string_view call_id) {
  for (std::size_t m = messages.size(); m-- > 0;) {
    const std::vector<Part>& parts = messages[m].parts;
    for (std::size_t p = parts.size(); p-- > 0;) {
      const auto* call = parts[p].as<chat::ToolCall>();
      if (call != nullptr && call->id == call_id) return call->name;
    }
  }
  return {};
}

bool decode_item(Reading& reading, Item& item) {
  const Kind kind = reading.cursor.kind();
  if (kind == Kind::none) return reading.cursor.skip();
  if (kind != Kind::object) return reading.wrong_type("", "an object", kind);
  std::string_view type = peek_type(reading.cursor);
  if (type == "message") return message(reading, item);
  if (type == "function_call") return tool_call(reading, false, item);
  if (type == "function_call_output") return tool_result(reading, false, item);
  if (type == "reasoning") return reasoning(reading, item);
  if (type == "custom_tool_call") return tool_call(reading, true, item);
  if (type == "custom_tool_call_output") return tool_result(reading, true, item);
  if (type == kImageCall && reading.side == Reading::Side::provider) {
    return image_call(reading, item);
  }
  if (type.empty()) {  // the easy form of a message, or a reference
    if (has_member(reading.cursor, "role")) return message(reading, item);
    if (!has_member(reading.cursor, "id")) return reading.missing("type");
    type = "item_reference";
  }
  item.role = role_of(type);
  // A part's type where an item should be: not to be taken for a part later.
  const std::string kept = (is_content_type(type) ? "item." : "") + std::string(type);
  return decode_opaque(reading, kept, item.parts.emplace_back());
}

}  // namespace headgate::llm::responses
