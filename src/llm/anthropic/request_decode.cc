#include "llm/anthropic/request_decode.h"

#include <array>
#include <utility>

#include "llm/anthropic/blocks.h"

namespace headgate::llm::anthropic {
namespace {

using base::Errc;
using base::Error;
using base::json::Cursor;
using base::json::Kind;
using base::json::Text;
using chat::Message;
using chat::Part;
using chat::Role;

// "messages[2].content" is "messages.2.content" in the provider's sentences.
std::string dotted(std::string_view param) {
  std::string out;
  for (const char c : param) {
    if (c == ']') continue;
    out += c == '[' ? '.' : c;
  }
  return out;
}

Error invalid(std::string_view param, std::string_view what) {
  return base::fail(Errc::invalid_request, dotted(param) + ": " + std::string(what),
                    std::string(param));
}

// Whether a block that has no word in the neutral model holds text with citations (search_result).
bool cites(const chat::Opaque& opaque) {
  if (opaque.type != "search_result") return false;
  Cursor cursor(opaque.json, Cursor::kDepthMax);
  Members block;
  if (!block.read(cursor, opaque.json)) return false;
  const Member* content = block.take("content");
  if (content == nullptr || content->kind != Kind::array) return false;
  Cursor inner(content->raw, Cursor::kDepthMax);
  inner.enter_array();
  while (inner.next_element()) {
    Members text;
    if (inner.kind() != Kind::object || !text.read(inner, content->raw)) continue;
    const Member* citations = text.take("citations");
    if (citations != nullptr && has_elements(citations->raw)) return true;
  }
  return false;
}

// Reads one request. A read function returns false when the cursor failed or error_ was set.
class Reader {
 public:
  Reader(std::string_view body, const chat::Source& source, const chat::Limits& limits)
      : body_(body),
        limits_(limits),
        is_2026_(is_2026(source.api_version)),
        cursor_(body, limits.depth_max) {
    request_.origin = chat::Dialect::anthropic;
  }

  base::Result<chat::Request> run(bool counting);

 private:
  using Handler = bool (Reader::*)();
  using TypedReader = std::optional<Wrong> (*)(Members&, chat::Request&);
  struct Row {
    std::string_view name;
    Handler read;
  };
  static const std::array<Row, 16> kRows;

  bool reject(std::string_view param, std::string_view what) {
    if (cursor_.ok() && !error_) error_ = invalid(param, what);
    return false;
  }
  bool reject(const std::string& at, const Wrong& wrong) {
    return reject(wrong.where.empty() ? at : at + "." + wrong.where, wrong.what);
  }
  bool member(std::string_view key);
  bool text(std::string_view param, std::string& out);
  bool object(std::string_view param, Members& members);

  bool model() { return text("model", request_.model); }
  bool max_tokens();
  bool stream();
  bool sampling(std::string_view param, std::string& out);
  bool temperature() { return sampling("temperature", request_.temperature); }
  bool top_p() { return sampling("top_p", request_.top_p); }
  bool top_k() { return sampling("top_k", request_.top_k); }
  bool stop_sequences();
  bool service_tier() { return text("service_tier", request_.service_tier); }
  bool metadata();
  bool cache_control();
  bool typed(std::string_view param, TypedReader read);
  bool tool_choice() { return typed("tool_choice", read_tool_choice); }
  bool thinking() { return typed("thinking", read_thinking_config); }
  bool output_config() { return typed("output_config", read_output_config); }
  bool tools();
  bool system();
  bool messages();
  bool message();
  bool content(const std::string& at, std::vector<Part>& parts);
  bool allowed(const Message& message);
  bool place(Message message);
  void name_results(Message& message) const;
  void remember_calls(const Message& message);
  base::Result<chat::Request> checked(bool counting);

  std::string_view body_;
  const chat::Limits& limits_;
  bool is_2026_;
  Cursor cursor_;
  chat::Request request_;
  std::vector<Part> system_;
  std::size_t messages_count_ = 0;
  // Ids and names of the last assistant message's calls, for the results that answer them.
  std::vector<std::pair<std::string, std::string>> calls_;
  std::uint32_t seen_ = 0;
  std::optional<Error> error_;
};

const std::array<Reader::Row, 16> Reader::kRows = {{{"model", &Reader::model},
                                                    {"messages", &Reader::messages},
                                                    {"max_tokens", &Reader::max_tokens},
                                                    {"system", &Reader::system},
                                                    {"stream", &Reader::stream},
                                                    {"tools", &Reader::tools},
                                                    {"tool_choice", &Reader::tool_choice},
                                                    {"thinking", &Reader::thinking},
                                                    {"output_config", &Reader::output_config},
                                                    {"metadata", &Reader::metadata},
                                                    {"stop_sequences", &Reader::stop_sequences},
                                                    {"service_tier", &Reader::service_tier},
                                                    {"cache_control", &Reader::cache_control},
                                                    {"temperature", &Reader::temperature},
                                                    {"top_p", &Reader::top_p},
                                                    {"top_k", &Reader::top_k}}};

bool Reader::member(std::string_view key) {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].name != key) continue;
    if ((seen_ & 1U << i) != 0) return reject(key, "Field appears more than once");
    seen_ |= 1U << i;
    const bool is_sampling = i >= 13;
    if (cursor_.kind() == Kind::null && !(is_sampling && is_2026_)) return cursor_.skip();
    return (this->*kRows[i].read)();
  }
  std::string name = base::json::member_name(cursor_, body_);
  if (!cursor_.skip()) return false;
  request_.extras.push_back({std::move(name), std::string(cursor_.value_text())});
  return true;
}

bool Reader::text(std::string_view param, std::string& out) {
  Text value;
  if (!cursor_.maybe_string(value)) return reject(param, "Input should be a valid string");
  out = value.decode();
  return true;
}

bool Reader::object(std::string_view param, Members& members) {
  const Kind kind = cursor_.kind();
  if (kind != Kind::object && kind != Kind::none) return reject(param, "Input should be an object");
  return members.read(cursor_, body_);
}

bool Reader::max_tokens() {
  request_.output_tokens_max = cursor_.maybe_integer();
  if (request_.output_tokens_max && *request_.output_tokens_max >= 0) return true;
  return reject("max_tokens", "Input should be a valid integer that is not negative");
}

bool Reader::stream() {
  if (cursor_.kind() == Kind::boolean) return cursor_.boolean(request_.stream);
  return cursor_.skip() && reject("stream", "Input should be a valid boolean");
}

bool Reader::sampling(std::string_view param, std::string& out) {
  const bool is_number = cursor_.kind() == Kind::number;
  if (!cursor_.skip()) return false;
  if (is_2026_) return reject(param, "Extra inputs are not permitted");
  if (!is_number) return reject(param, "Input should be a valid number");
  out = cursor_.value_text();
  return true;
}

bool Reader::stop_sequences() {
  const Kind kind = cursor_.kind();
  if (kind != Kind::array && kind != Kind::none) {
    return reject("stop_sequences", "Input should be a valid list");
  }
  cursor_.enter_array();
  while (cursor_.next_element()) {
    const std::size_t i = request_.stop.size();
    if (!text("stop_sequences[" + std::to_string(i) + "]", request_.stop.emplace_back())) {
      return false;
    }
  }
  return cursor_.ok();
}

bool Reader::metadata() {
  Members members;
  if (!object("metadata", members)) return false;
  const Member* user = members.take("user_id");
  if (user != nullptr && user->kind != Kind::string) {
    return reject("metadata.user_id", "Input should be a valid string");
  }
  if (user != nullptr) request_.user = user->text.decode();
  rest_of(members, request_.extras, "metadata.");
  return true;
}

bool Reader::cache_control() {
  Members members;
  const std::size_t begin = cursor_.offset();
  if (!object("cache_control", members)) return false;
  const auto type = members.take_string("type");
  request_.cache = chat::CacheMark{members.take_string("ttl").value_or("")};
  chat::Extras unknown;
  rest_of(members, unknown);
  if (type != "ephemeral" || !unknown.empty()) {
    const auto raw = body_.substr(begin, cursor_.value_range().end - begin);
    request_.extras.push_back({"cache_control", std::string(raw)});
  }
  return true;
}

bool Reader::typed(std::string_view param, TypedReader read) {
  Members members;
  if (!object(param, members)) return false;
  const auto wrong = read(members, request_);
  return !wrong || reject(std::string(param), *wrong);
}

bool Reader::tools() {
  const Kind kind = cursor_.kind();
  if (kind != Kind::array && kind != Kind::none) {
    return reject("tools", "Input should be a valid list");
  }
  cursor_.enter_array();
  while (cursor_.next_element()) {
    if (request_.tools.size() == limits_.tools_max) {
      return reject("tools",
                    "List should have at most " + std::to_string(limits_.tools_max) + " items");
    }
    const std::string at = "tools[" + std::to_string(request_.tools.size()) + "]";
    Members members;
    if (!object(at, members)) return false;
    const auto wrong = read_tool(members, request_.tools.emplace_back());
    if (wrong) return reject(at, *wrong);
  }
  return cursor_.ok();
}

bool Reader::system() {
  const Kind kind = cursor_.kind();
  if (kind != Kind::string && kind != Kind::array && kind != Kind::none) {
    return reject("system", "Input should be a valid string or list");
  }
  return content("system", system_);
}

// A string, or an array of blocks.
bool Reader::content(const std::string& at, std::vector<Part>& parts) {
  Text plain;
  if (cursor_.kind() == Kind::string) {
    if (!cursor_.string(plain)) return false;
    parts.push_back(chat::text_part(plain.decode()));
    return true;
  }
  if (!cursor_.enter_array()) return false;
  while (cursor_.next_element()) {
    if (parts.size() == limits_.parts_max) {
      return reject(at, "List should have at most " + std::to_string(limits_.parts_max) + " items");
    }
    Part& part = parts.emplace_back();
    const auto here = [&] { return at + "[" + std::to_string(parts.size() - 1) + "]"; };
    const Kind kind = cursor_.kind();
    if (kind != Kind::object && kind != Kind::none) {
      return reject(here(), "Input should be an object");
    }
    Members block;
    if (!block.read(cursor_, body_)) return false;
    if (const auto wrong = read_part(block, limits_, part)) return reject(here(), *wrong);
  }
  return cursor_.ok();
}

bool Reader::messages() {
  const Kind kind = cursor_.kind();
  if (kind != Kind::array && kind != Kind::none) {
    return reject("messages", "Input should be a valid list");
  }
  cursor_.enter_array();
  while (cursor_.next_element()) {
    if (messages_count_ == limits_.messages_max) {
      return reject("messages",
                    "List should have at most " + std::to_string(limits_.messages_max) + " items");
    }
    if (!message()) return false;
    ++messages_count_;
  }
  return cursor_.ok();
}

bool Reader::message() {
  const std::string at = "messages[" + std::to_string(messages_count_) + "]";
  const Kind kind = cursor_.kind();
  if (kind != Kind::object && kind != Kind::none) return reject(at, "Input should be an object");
  Message message;
  Text role;
  bool has_content = false;
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    if (key == "role") {
      cursor_.maybe_string(role);
    } else if (key == "content" && cursor_.kind() == Kind::null) {
      cursor_.skip();
    } else if (key == "content") {
      const Kind value = cursor_.kind();
      if (has_content) return reject(at + ".content", "Field appears more than once");
      if (value != Kind::string && value != Kind::array && value != Kind::none) {
        return reject(at + ".content", "Input should be a valid string or list");
      }
      has_content = true;
      if (!content(at + ".content", message.parts)) return false;
    } else {
      std::string name = base::json::member_name(cursor_, body_);
      if (!cursor_.skip()) return false;
      message.extras.push_back({std::move(name), std::string(cursor_.value_text())});
    }
  }
  if (!cursor_.ok()) return false;
  if (equals(role, "assistant")) {
    message.role = Role::assistant;
  } else if (equals(role, "system")) {
    message.role = Role::system;
  } else if (!equals(role, "user")) {
    return reject(at + ".role", "Input should be 'user', 'assistant' or 'system'");
  }
  if (!has_content) return reject(at + ".content", "Field required");
  return place(std::move(message));
}

// What the API version says of the blocks of this role.
bool Reader::allowed(const Message& message) {
  for (std::size_t i = 0; i < message.parts.size(); ++i) {
    const Part& part = message.parts[i];
    const auto here = [&] {
      return "messages[" + std::to_string(messages_count_) + "].content[" + std::to_string(i) + "]";
    };
    const auto* text = part.as<chat::Text>();
    const auto* media = part.as<chat::Media>();
    const auto* opaque = part.as<chat::Opaque>();
    if (message.role == Role::user && text != nullptr && !text->annotations.empty()) {
      return reject(here() + ".citations", "Citations are not permitted in user messages");
    }
    if (message.role == Role::user && opaque != nullptr && cites(*opaque)) {
      return reject(here() + ".content", "Citations are not permitted in user messages");
    }
    const bool is_document = (media != nullptr && media->kind == chat::MediaKind::document) ||
                             (opaque != nullptr && opaque->type == "document");
    if (message.role == Role::assistant && is_document) {
      return reject(here() + ".type", "Document blocks are not permitted in assistant messages");
    }
  }
  return true;
}

void Reader::remember_calls(const Message& message) {
  calls_.clear();
  for (const Part& part : message.parts) {
    if (const auto* call = part.as<chat::ToolCall>()) calls_.emplace_back(call->id, call->name);
  }
}

void Reader::name_results(Message& message) const {
  for (Part& part : message.parts) {
    auto* result = part.as<chat::ToolResult>();
    if (result == nullptr) continue;
    for (const auto& [id, name] : calls_) {
      if (id == result->call_id) result->name = name;
    }
  }
}

// Tool results become messages of their own: a run of them each.
bool Reader::place(Message message) {
  if (is_2026_ && !allowed(message)) return false;
  if (message.role == Role::assistant) remember_calls(message);
  if (message.role != Role::user) {
    request_.messages.push_back(std::move(message));
    return true;
  }
  name_results(message);
  std::vector<Part> parts = std::exchange(message.parts, {});
  Message* open = nullptr;
  for (Part& part : parts) {
    const Role role = part.as<chat::ToolResult>() != nullptr ? Role::tool : Role::user;
    if (open == nullptr || open->role != role) {
      open = &request_.messages.emplace_back();
      open->role = role;
      open->extras = std::exchange(message.extras, {});
    }
    open->parts.push_back(std::move(part));
  }
  if (open == nullptr) request_.messages.push_back(std::move(message));
  return true;
}

base::Result<chat::Request> Reader::checked(bool counting) {
  if (request_.model.empty()) return invalid("model", "Field required");
  if (messages_count_ == 0) return invalid("messages", "at least one message is required");
  if (!counting && !request_.output_tokens_max) return invalid("max_tokens", "Field required");
  if (!system_.empty()) {
    Message system;
    system.role = Role::system;
    system.parts = std::move(system_);
    request_.messages.insert(request_.messages.begin(), std::move(system));
  }
  return std::move(request_);
}

base::Result<chat::Request> Reader::run(bool counting) {
  const Kind kind = cursor_.kind();
  if (kind != Kind::object && kind != Kind::none) {
    return base::fail(Errc::invalid_request, "The request body should be an object");
  }
  std::string_view key;
  if (cursor_.enter_object()) {
    while (cursor_.next_key(key) && member(key)) {
    }
  }
  if (error_) return *std::move(error_);
  if (!cursor_.finish()) {
    Error error = cursor_.error();
    error.detail = "The request body is not valid JSON: " + error.detail;
    return error;
  }
  return checked(counting);
}

}  // namespace

base::Result<chat::Request> decode_request(std::string_view body, const chat::Source& source,
                                           const chat::Limits& limits) {
  return Reader(body, source, limits).run(false);
}

base::Result<chat::Request> decode_count_request(std::string_view body, const chat::Source& source,
                                                 const chat::Limits& limits) {
  return Reader(body, source, limits).run(true);
}

}  // namespace headgate::llm::anthropic
