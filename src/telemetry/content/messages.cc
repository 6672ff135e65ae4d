#include "telemetry/content/messages.h"

#include <optional>

#include "base/json/members.h"
#include "base/json/writer.h"

namespace headgate::telemetry {
namespace {

using base::json::Cursor;
using base::json::Kind;
using base::json::Member;
using base::json::Members;
using base::json::Writer;

constexpr std::size_t kDepthMax = 128;

bool is_array(const Member* member) { return member != nullptr && member->kind == Kind::array; }
bool is_object(const Member* member) { return member != nullptr && member->kind == Kind::object; }

// Calls `each` with every object of an array, and with the text of what is none.
template <class OnObject, class OnOther>
void each_of(std::string_view array, OnObject on_object, OnOther on_other) {
  Cursor in(array, kDepthMax);
  in.enter_array();
  while (in.next_element()) {
    if (in.kind() == Kind::object) {
      Members members;
      if (members.read(in, array)) on_object(members);
    } else {
      in.skip();
      on_other(in.value_text());
    }
  }
}

void write_text(Writer& to, std::string_view text) {
  to.begin_object();
  to.member("type", "text");
  to.member("content", text);
  to.end_object();
}

// A value as JSON: a string that holds an object is that object.
void write_value(Writer& to, std::string_view name, const Member& value) {
  if (value.kind != Kind::string) return to.member_raw(name, value.raw);
  const std::string text = value.text.decode();
  if (text.starts_with('{') && base::json::valid(text, kDepthMax)) return to.member_raw(name, text);
  to.member(name, text);
}

struct Call {
  std::string id;
  std::string name;
  const Member* arguments = nullptr;
};

void write_call(Writer& to, const Call& call) {
  to.begin_object();
  to.member("type", "tool_call");
  if (!call.id.empty()) to.member("id", call.id);
  to.member("name", call.name);
  if (call.arguments != nullptr) write_value(to, "arguments", *call.arguments);
  to.end_object();
}

void write_response(Writer& to, const std::string& id, const Member* response) {
  to.begin_object();
  to.member("type", "tool_call_response");
  if (!id.empty()) to.member("id", id);
  if (response != nullptr) write_value(to, "response", *response);
  to.end_object();
}

// OpenAI's: {id, type, function: {name, arguments}}.
void write_openai_call(Writer& to, Members& item) {
  Call call{item.take_string("id").value_or(""), {}, nullptr};
  Members inner;
  for (const std::string_view name : {"function", "custom"}) {
    const Member* function = item.take(name);
    if (!is_object(function)) continue;
    Cursor in(function->raw, kDepthMax);
    inner.read(in, function->raw);
    call.name = inner.take_string("name").value_or("");
    call.arguments = inner.take("arguments");
    if (call.arguments == nullptr) call.arguments = inner.take("input");
    break;
  }
  write_call(to, call);
}

// Gemini's parts have a member in place of a type.
bool write_gemini_part(Writer& to, Members& item) {
  if (auto text = item.take_string("text")) return write_text(to, *text), true;
  for (const std::string_view name : {"functionCall", "functionResponse"}) {
    const Member* function = item.take(name);
    if (!is_object(function)) continue;
    Members inner;
    Cursor in(function->raw, kDepthMax);
    inner.read(in, function->raw);
    const std::string called = inner.take_string("name").value_or("");
    if (name == "functionCall") {
      write_call(to, {inner.take_string("id").value_or(""), called, inner.take("args")});
    } else {
      write_response(to, called, inner.take("response"));
    }
    return true;
  }
  return false;
}

// An item of a content list, or of a message's parts.
void write_part(Writer& to, Members& item) {
  const std::string type = item.take_string("type").value_or("");
  const bool is_text = type == "text" || type == "input_text" || type == "output_text";
  if (is_text) {
    auto text = item.take_string("text");
    if (!text) text = item.take_string("content");
    return write_text(to, text.value_or(""));
  }
  if (type == "tool_use") {
    return write_call(to, {item.take_string("id").value_or(""),
                           item.take_string("name").value_or(""), item.take("input")});
  }
  if (type == "tool_result") {
    return write_response(to, item.take_string("tool_use_id").value_or(""), item.take("content"));
  }
  if (!type.empty()) return to.raw(item.raw());  // generic: any object with a type
  if (write_gemini_part(to, item)) return;
  to.begin_object();
  to.member("type", "unknown");
  to.member_raw("content", item.raw());
  to.end_object();
}

void write_parts(Writer& to, std::string_view list) {
  each_of(
      list, [&](Members& item) { write_part(to, item); },
      [&](std::string_view other) { write_text(to, other); });
}

std::string_view role_of(std::string_view role) {
  if (role == "model") return "assistant";
  if (role == "developer") return "system";
  return role.empty() ? "user" : role;
}

// Items of the Responses API that are no messages.
bool write_item(Writer& to, Members& item, const std::string& type) {
  const bool is_call = type == "function_call";
  if (!is_call && type != "function_call_output") return false;
  const std::string id = item.take_string("call_id").value_or("");
  to.begin_object();
  to.member("role", is_call ? "assistant" : "tool");
  to.array("parts");
  if (is_call) {
    write_call(to, {id, item.take_string("name").value_or(""), item.take("arguments")});
  } else {
    write_response(to, id, item.take("output"));
  }
  to.end_array();
  to.end_object();
  return true;
}

void write_content(Writer& to, Members& message, std::string_view role) {
  const Member* content = message.take("content");
  if (role == "tool" || role == "function") {
    return write_response(to, message.take_string("tool_call_id").value_or(""), content);
  }
  if (content != nullptr && content->kind == Kind::string) {
    write_text(to, content->text.decode());
  } else if (is_array(content)) {
    write_parts(to, content->raw);
  }
  if (const Member* parts = message.take("parts"); is_array(parts)) write_parts(to, parts->raw);
  const Member* calls = message.take("tool_calls");
  if (!is_array(calls)) return;
  each_of(
      calls->raw, [&](Members& call) { write_openai_call(to, call); }, [](std::string_view) {});
}

void write_message(Writer& to, Members& message) {
  const std::string type = message.take_string("type").value_or("");
  if (write_item(to, message, type)) return;
  const std::string role(role_of(message.take_string("role").value_or("")));
  to.begin_object();
  to.member("role", role);
  to.array("parts");
  write_content(to, message, role);
  to.end_array();
  if (auto reason = message.take_string("finish_reason")) to.member("finish_reason", *reason);
  to.end_object();
}

bool is_json_array(std::string_view text) {
  return text.starts_with('[') && base::json::valid(text, kDepthMax);
}

// Whether the elements are messages (or the Responses API's items), by the first of them.
bool is_messages(std::string_view text) {
  if (!is_json_array(text)) return false;
  Cursor in(text, kDepthMax);
  Members first;
  if (!in.enter_array() || !in.next_element() || in.kind() != Kind::object) return false;
  if (!first.read(in, text)) return false;
  return first.take("role") != nullptr || first.take("parts") != nullptr ||
         first.take("content") != nullptr || first.take("call_id") != nullptr;
}

std::string messages(std::string_view list) {
  std::string out;
  Writer to(out);
  to.begin_array();
  each_of(
      list, [&](Members& message) { write_message(to, message); },
      [&](std::string_view other) {
        to.begin_object();
        to.member("role", "user");
        to.array("parts");
        write_text(to, other);
        to.end_array();
        to.end_object();
      });
  to.end_array();
  return out;
}

// The tool calls at the end of a completion's text (llm/chat/trace_text.h); empty: none.
std::string_view calls_of(std::string_view output) {
  const auto line = output.rfind('\n');
  const std::string_view last = line == std::string_view::npos ? output : output.substr(line + 1);
  if (!last.starts_with("[{\"id\":") || !base::json::valid(last, kDepthMax)) return {};
  return last;
}

// What a JSON string says; empty where `text` is none.
std::string string_in(std::string_view text) {
  if (!text.starts_with('"')) return {};
  Cursor in(text, kDepthMax);
  base::json::Text said;
  return in.string(said) && in.finish() ? said.decode() : std::string();
}

}  // namespace

std::string input_messages(std::string_view input) {
  if (is_messages(input)) return messages(input);
  const std::string said = string_in(input);  // "input" of the Responses API may be one
  if (!said.empty()) input = said;
  std::string out;
  Writer to(out);
  to.begin_array();
  to.begin_object();
  to.member("role", "user");
  to.array("parts");
  write_text(to, input);
  to.end_array();
  to.end_object();
  to.end_array();
  return out;
}

std::string output_messages(std::string_view output, std::string_view finish_reason) {
  if (is_messages(output)) return messages(output);
  const std::string_view calls = calls_of(output);
  std::string_view text = output.substr(0, output.size() - calls.size());
  if (!calls.empty() && text.ends_with('\n')) text.remove_suffix(1);
  std::string out;
  Writer to(out);
  to.begin_array();
  to.begin_object();
  to.member("role", "assistant");
  to.array("parts");
  if (!text.empty()) write_text(to, text);
  if (!calls.empty()) {
    each_of(
        calls, [&](Members& call) { write_openai_call(to, call); }, [](std::string_view) {});
  }
  to.end_array();
  if (!finish_reason.empty()) to.member("finish_reason", finish_reason);
  to.end_object();
  to.end_array();
  return out;
}

}  // namespace headgate::telemetry
