#include "lab/openai/messages.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lab/neutral/tokens.h"

namespace headgate::lab::openai {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 6> kRoles{"system",    "developer", "user",
                                                 "assistant", "tool",      "function"};
constexpr std::string_view kRoleList =
    "'system', 'assistant', 'user', 'function', 'tool', and 'developer'";
constexpr std::size_t kToolCallIdMax = 40;
// OpenAI's published overhead; 85 is an image at low detail.
constexpr std::int64_t kTokensPerMessage = 3;
constexpr std::int64_t kTokensPerName = 1;
constexpr std::int64_t kTokensPerImage = 85;

/// A message and what its tokens are counted from besides its text.
struct ReadMessage : Message {
  std::int64_t tokens = kTokensPerMessage;
};

/// Reads messages in order and keeps what later ones are checked against.
class MessageReader {
 public:
  explicit MessageReader(Prompt& out) : out_(out) {}

  Problem read(const json::array& messages) {
    for (index_ = 0; index_ < messages.size(); ++index_) {
      if (auto problem = read_one(messages[index_])) return problem;
    }
    return all_answered();
  }

 private:
  Problem read_one(const json::value& value);
  Problem read_role(const json::object& object, ReadMessage& message);
  Problem read_content(const json::object& object, ReadMessage& message);
  Problem read_part(const json::value& value, std::size_t part, ReadMessage& message);
  Problem read_calls(const json::object& object, ReadMessage& message);
  Problem read_call(const json::value& value, std::size_t call, ReadMessage& message);
  Problem read_tool_result(const json::object& object);
  Problem all_answered() const;
  std::string path(std::string_view field) const {
    return fmt::format("messages[{}].{}", index_, field);
  }

  Prompt& out_;
  std::size_t index_ = 0;
  std::size_t calling_index_ = 0;      // of the last assistant message with tool calls
  bool after_calls_ = false;           // nothing but tool results since then
  std::vector<std::string> open_;      // its call ids without a result yet
  std::vector<std::string> answered_;  // and with one
};

Problem MessageReader::read_one(const json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr)
    return invalid_type(fmt::format("messages[{}]", index_), "an object", value);
  ReadMessage message;
  if (auto problem = read_role(*object, message)) return problem;
  if (message.role == Role::tool) {
    if (auto problem = read_tool_result(*object)) return problem;
  } else {
    if (auto problem = all_answered()) return problem;
    after_calls_ = false;
  }
  if (const auto* name = given(*object, "name")) {
    if (!name->is_string()) return invalid_type(path("name"), "a string", *name);
    message.tokens += kTokensPerName + count_tokens(name->as_string());
  }
  if (message.role == Role::assistant) {
    if (auto problem = read_calls(*object, message)) return problem;
  }
  if (auto problem = read_content(*object, message)) return problem;
  out_.tokens += message.tokens + count_tokens(message.text);
  out_.messages.push_back({message.role, std::move(message.text)});
  return std::nullopt;
}

Problem MessageReader::read_role(const json::object& object, ReadMessage& message) {
  const auto* role = given(object, "role");
  if (role == nullptr) return missing_parameter(path("role"));
  if (!role->is_string()) return invalid_type(path("role"), "a string", *role);
  const auto* found = std::find(kRoles.begin(), kRoles.end(), std::string_view(role->as_string()));
  if (found == kRoles.end()) {
    auto message_text = fmt::format("Invalid value: '{}'. Supported values are: {}.",
                                    std::string_view(role->as_string()), kRoleList);
    return invalid_request(std::move(message_text), path("role"), "invalid_value");
  }
  message.role = static_cast<Role>(found - kRoles.begin());
  return std::nullopt;
}

Problem MessageReader::read_content(const json::object& object, ReadMessage& message) {
  const auto* content = given(object, "content");
  if (content == nullptr) {
    const bool optional =
        message.role == Role::assistant &&
        (given(object, "tool_calls") || given(object, "refusal") || given(object, "function_call"));
    if (optional) return std::nullopt;
    return invalid_request("Invalid value for 'content': expected a string, got null.",
                           path("content"));
  }
  if (const auto* text = content->if_string()) {
    message.text = *text;
    return std::nullopt;
  }
  const auto* parts = content->if_array();
  if (parts == nullptr) {
    return invalid_type(path("content"), "one of a string or array of objects", *content);
  }
  if (parts->empty()) {
    return invalid_request(fmt::format("Invalid '{}': empty array. Expected an array with minimum "
                                       "length 1, but got an empty array instead.",
                                       path("content")),
                           path("content"), "empty_array");
  }
  for (std::size_t i = 0; i < parts->size(); ++i) {
    if (auto problem = read_part((*parts)[i], i, message)) return problem;
  }
  return std::nullopt;
}

Problem MessageReader::read_part(const json::value& value, std::size_t part, ReadMessage& message) {
  const auto at = path(fmt::format("content[{}]", part));
  const auto* object = value.if_object();
  if (object == nullptr) return invalid_type(at, "an object", value);
  const auto* type = given(*object, "type");
  if (type == nullptr) return missing_parameter(at + ".type");
  if (!type->is_string()) return invalid_type(at + ".type", "a string", *type);
  const std::string_view kind = type->as_string();
  if (kind == "text" || kind == "refusal") {
    const auto* text = given(*object, kind);
    if (text == nullptr) return missing_parameter(fmt::format("{}.{}", at, kind));
    if (!text->is_string()) return invalid_type(fmt::format("{}.{}", at, kind), "a string", *text);
    if (!message.text.empty()) message.text += '\n';
    message.text += text->as_string();
    return std::nullopt;
  }
  const bool media = kind == "image_url" || kind == "input_audio" || kind == "file";
  if (media && message.role == Role::user) {
    if (!given(*object, kind)) return missing_parameter(fmt::format("{}.{}", at, kind));
    message.tokens += kTokensPerImage;
    return std::nullopt;
  }
  return invalid_value(
      at + ".type", kind,
      message.role == Role::user ? "'text', 'image_url', 'input_audio', and 'file'" : "'text'");
}

Problem MessageReader::read_calls(const json::object& object, ReadMessage& message) {
  const auto* calls = given(object, "tool_calls");
  if (calls == nullptr) return std::nullopt;
  const auto* list = calls->if_array();
  if (list == nullptr) return invalid_type(path("tool_calls"), "an array of objects", *calls);
  if (list->empty()) {
    return invalid_request(fmt::format("Invalid '{}': empty array. Expected an array with minimum "
                                       "length 1, but got an empty array instead.",
                                       path("tool_calls")),
                           path("tool_calls"), "empty_array");
  }
  answered_.clear();
  calling_index_ = index_;
  after_calls_ = true;
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (auto problem = read_call((*list)[i], i, message)) return problem;
  }
  return std::nullopt;
}

Problem MessageReader::read_call(const json::value& value, std::size_t call, ReadMessage& message) {
  const auto at = path(fmt::format("tool_calls[{}]", call));
  const auto* object = value.if_object();
  if (object == nullptr) return invalid_type(at, "an object", value);
  const auto* id = given(*object, "id");
  if (id == nullptr) return missing_parameter(at + ".id");
  if (!id->is_string()) return invalid_type(at + ".id", "a string", *id);
  if (id->as_string().size() > kToolCallIdMax) {
    return invalid_request(
        fmt::format("Invalid '{}.id': string too long. Expected a string with "
                    "maximum length {}, but got a string with length {} instead.",
                    at, kToolCallIdMax, id->as_string().size()),
        at + ".id", "string_above_max_length");
  }
  open_.emplace_back(id->as_string());
  const auto* function = given(*object, "function");
  if (function == nullptr) return missing_parameter(at + ".function");
  const auto* body = function->if_object();
  if (body == nullptr) return invalid_type(at + ".function", "an object", *function);
  for (const std::string_view field : {"name", "arguments"}) {
    const auto field_path = fmt::format("{}.function.{}", at, field);
    const auto* text = given(*body, field);
    if (text == nullptr) return missing_parameter(field_path);
    if (!text->is_string()) return invalid_type(field_path, "a string", *text);
    message.tokens += count_tokens(text->as_string());
  }
  return std::nullopt;
}

Problem MessageReader::read_tool_result(const json::object& object) {
  const auto* id = given(object, "tool_call_id");
  if (id == nullptr) return missing_parameter(path("tool_call_id"));
  if (!id->is_string()) return invalid_type(path("tool_call_id"), "a string", *id);
  if (!after_calls_) {
    return invalid_request(
        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message "
        "with 'tool_calls'.",
        path("role"));
  }
  const std::string_view text = id->as_string();
  const auto open = std::find(open_.begin(), open_.end(), text);
  if (open != open_.end()) {
    answered_.push_back(*open);
    open_.erase(open);
    return std::nullopt;
  }
  if (std::find(answered_.begin(), answered_.end(), text) != answered_.end()) return std::nullopt;
  return invalid_request(fmt::format("Invalid parameter: 'tool_call_id' of '{}' not found in "
                                     "'tool_calls' of previous message.",
                                     text),
                         path("tool_call_id"));
}

Problem MessageReader::all_answered() const {
  if (open_.empty()) return std::nullopt;
  return invalid_request(
      fmt::format("An assistant message with 'tool_calls' must be followed by tool messages "
                  "responding to each 'tool_call_id'. The following tool_call_ids did not have "
                  "response messages: {}",
                  fmt::join(open_, ", ")),
      fmt::format("messages[{}].role", calling_index_ + 1));
}

}  // namespace

Problem read_messages(const json::value& messages, Prompt& out) {
  const auto* list = messages.if_array();
  if (list == nullptr) return invalid_type("messages", "an array of objects", messages);
  if (list->empty()) {
    return invalid_request(
        "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an "
        "empty array instead.",
        "messages", "empty_array");
  }
  return MessageReader(out).read(*list);
}

}  // namespace headgate::lab::openai
