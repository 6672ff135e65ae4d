#include "llm/openai_chat/request_decode.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text/strings.h"
#include "llm/openai/request_errors.h"
#include "llm/openai_chat/request_reader.h"
#include "llm/openai_chat/words.h"

namespace headgate::llm::openai_chat {

using base::json::Kind;
using base::json::Text;
using chat::Part;
using chat::Role;
using openai::invalid;
using openai::missing;

namespace {

// Citations belong to the first text, or to the message when it has none.
void annotate(chat::Message& message, std::string_view annotations) {
  for (Part& part : message.parts) {
    if (auto* piece = part.as<chat::Text>()) {
      piece->annotations = annotations;
      return;
    }
  }
  keep(message.extras, {}, "annotations", annotations);
}

}  // namespace

std::span<const RequestReader::Member> RequestReader::members() {
  using R = RequestReader;
  static constexpr std::array<Member, 30> kMembers{
      {{"model", &R::model},
       {"messages", &R::messages},
       {"stream", &R::stream},
       {"stream_options", &R::stream_options},
       {"tools", &R::tools},
       {"functions", &R::functions},
       {"tool_choice", &R::tool_choice},
       {"function_call", &R::function_call},
       {"parallel_tool_calls", &R::parallel_tool_calls},
       {"response_format", &R::response_format},
       {"reasoning_effort", &R::reasoning_effort},
       {"max_completion_tokens", &R::max_completion_tokens},
       {"max_tokens", &R::max_tokens},
       {"n", &R::n},
       {"stop", &R::stop},
       {"temperature", &R::temperature},
       {"top_p", &R::top_p},
       {"top_k", &R::top_k},
       {"presence_penalty", &R::presence_penalty},
       {"frequency_penalty", &R::frequency_penalty},
       {"seed", &R::seed},
       {"logprobs", &R::logprobs},
       {"top_logprobs", &R::top_logprobs},
       {"safety_identifier", &R::safety_identifier},
       {"user", &R::user},
       {"service_tier", &R::service_tier},
       {"prompt_cache_key", &R::prompt_cache_key},
       {"prompt_cache_options", &R::prompt_cache_options},
       {"metadata", &R::metadata},
       {"store", &R::store}}};
  return kMembers;
}

base::Result<chat::Request> RequestReader::run() {
  const Kind kind = cursor_.kind();
  if (kind != Kind::object && kind != Kind::none) {
    return base::fail(base::Errc::invalid_request,
                      "Invalid type for the request body: expected an object, but got " +
                          std::string(name(kind)) + " instead.");
  }
  std::string_view key;
  if (cursor_.enter_object()) {
    while (cursor_.next_key(key) && member(key)) {
    }
  }
  if (error_) return *std::move(error_);
  if (!cursor_.finish()) return openai::not_json(cursor_);
  return checked();
}

bool RequestReader::member(std::string_view key) {
  const auto list = members();
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const Member& m) { return m.name == key; });
  if (found == list.end()) return extra(request_.extras, {});
  const std::uint64_t bit = std::uint64_t{1} << (found - list.begin());
  if ((seen_ & bit) != 0) return reject(openai::duplicate(key));
  seen_ |= bit;
  return (this->*found->read)(Place{nullptr, found->name});
}

base::Result<chat::Request> RequestReader::checked() {
  constexpr std::uint64_t kMessagesBit = 2;
  if (request_.model.empty()) {
    return base::fail(base::Errc::invalid_request, "you must provide a model parameter", "model");
  }
  if ((seen_ & kMessagesBit) == 0) return missing("messages");
  if (!request_.output_tokens_max) request_.output_tokens_max = max_tokens_;
  if (request_.user.empty()) {
    request_.user = std::move(user_);
  } else if (!user_.empty()) {
    keep(request_.extras, {}, "user", base::json_string(user_));
  }
  return std::move(request_);
}

bool RequestReader::reject(base::Error error) {
  error_ = std::move(error);
  return false;
}

bool RequestReader::wrong(const Place& at, std::string_view expected) {
  const Kind kind = cursor_.kind();
  if (kind == Kind::none) return cursor_.skip();
  return reject(openai::wrong_type(at.text(), expected, kind));
}

bool RequestReader::extra(chat::Extras& extras, std::string_view group) {
  const std::string key = cursor_.key_decoded();
  if (!cursor_.skip()) return false;
  keep(extras, group, key, cursor_.value_text());
  return true;
}

std::string_view RequestReader::since(std::size_t begin) const {
  return body_.substr(begin, cursor_.value_range().end - begin);
}

bool RequestReader::text(const Place& at, std::string& out, std::size_t bytes_max) {
  if (cursor_.kind() == Kind::null) return cursor_.skip();
  if (cursor_.kind() != Kind::string) return wrong(at, "a string");
  Text value;
  if (!cursor_.string(value)) return false;
  out.clear();
  append(out, value, bytes_max);
  return true;
}

bool RequestReader::boolean(const Place& at, std::optional<bool>& out) {
  if (cursor_.kind() == Kind::null) return cursor_.skip();
  if (cursor_.kind() != Kind::boolean) return wrong(at, "a boolean");
  return cursor_.boolean(out.emplace());
}

bool RequestReader::count(const Place& at, std::optional<std::int64_t>& out) {
  if (cursor_.kind() == Kind::null) return cursor_.skip();
  if (cursor_.kind() != Kind::number) return wrong(at, "an integer");
  out = cursor_.maybe_integer();
  if (!cursor_.ok()) return false;
  if (out && *out >= 0) return true;
  return reject(invalid(at.text(), "expected an integer that is not negative."));
}

bool RequestReader::number(const Place& at, std::string& out) {
  return raw(at, Kind::number, "a number", out);
}

bool RequestReader::raw(const Place& at, Kind kind, std::string_view expected, std::string& out) {
  if (cursor_.kind() == Kind::null) return cursor_.skip();
  if (cursor_.kind() != kind) return wrong(at, expected);
  if (!cursor_.skip()) return false;
  out = cursor_.value_text();
  return true;
}

bool RequestReader::model(const Place& at) {
  if (cursor_.kind() != Kind::string) return wrong(at, "a string");
  Text value;
  if (!cursor_.string(value)) return false;
  if (append(request_.model, value, limits_.model_bytes_max)) return true;
  return reject(
      invalid(at.text(), "longer than " + std::to_string(limits_.model_bytes_max) + " bytes."));
}

bool RequestReader::stream(const Place& at) {
  std::optional<bool> value;
  const bool read = boolean(at, value);
  request_.stream = value.value_or(false);
  return read;
}

bool RequestReader::stream_options(const Place& at) {
  if (cursor_.kind() == Kind::null) return cursor_.skip();
  if (cursor_.kind() != Kind::object) return wrong(at, "an object");
  std::optional<bool> usage;
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    const bool read = key == "include_usage" ? boolean(at.of(key), usage)
                                             : extra(request_.extras, "stream_options.");
    if (!read) return false;
  }
  request_.usage_in_stream = usage.value_or(false);
  return cursor_.ok();
}

bool RequestReader::max_tokens(const Place& at) { return count(at, max_tokens_); }

bool RequestReader::max_completion_tokens(const Place& at) {
  return count(at, request_.output_tokens_max);
}

bool RequestReader::n(const Place& at) {
  std::optional<std::int64_t> value;
  if (!count(at, value)) return false;
  request_.candidates = value.value_or(1);
  const auto most = static_cast<std::int64_t>(limits_.candidates_max);
  if (request_.candidates >= 1 && request_.candidates <= most) return true;
  return reject(invalid(at.text(), "expected an integer from 1 to " + std::to_string(most) + "."));
}

bool RequestReader::stop(const Place& at) {
  std::string value;
  if (cursor_.kind() != Kind::array) {
    if (cursor_.kind() != Kind::string && cursor_.kind() != Kind::null) {
      return wrong(at, "a string or an array of strings");
    }
    if (!text(at, value)) return false;
    if (!value.empty()) request_.stop.push_back(std::move(value));
    return true;
  }
  cursor_.enter_array();
  while (cursor_.next_element()) {
    if (request_.stop.size() == limits_.parts_max) return reject(invalid(at.text(), "too many."));
    if (cursor_.kind() != Kind::string) return wrong(at.at(request_.stop.size()), "a string");
    if (!text(at, request_.stop.emplace_back())) return false;
  }
  return cursor_.ok();
}

bool RequestReader::metadata(const Place& at) {
  return raw(at, Kind::object, "an object", request_.metadata);
}

bool RequestReader::reasoning_effort(const Place& at) {
  std::string effort;
  if (!text(at, effort)) return false;
  if (!effort.empty()) request_.reasoning.emplace().effort = std::move(effort);
  return true;
}

// Implicit caching is a mark on the request as a whole; other wishes have no word.
bool RequestReader::prompt_cache_options(const Place& at) {
  if (cursor_.kind() == Kind::null) return cursor_.skip();
  if (cursor_.kind() != Kind::object) return wrong(at, "an object");
  const std::size_t begin = cursor_.offset();
  chat::CacheMark mark;
  bool plain = true;
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    Text value;
    if (key == "mode" && cursor_.maybe_string(value)) {
      plain = plain && equals(value, "implicit");
    } else if (key == "ttl" && cursor_.maybe_string(value)) {
      mark.ttl = value.decode();
    } else {
      plain = false;
    }
  }
  if (!cursor_.ok()) return false;
  if (plain) {
    request_.cache = std::move(mark);
  } else {
    keep(request_.extras, {}, at.name, since(begin));
  }
  return true;
}

bool RequestReader::messages(const Place& at) {
  if (cursor_.kind() != Kind::array) return wrong(at, "an array of objects");
  cursor_.enter_array();
  for (std::size_t i = 0; cursor_.next_element(); ++i) {
    if (i == limits_.messages_max) {
      return reject(
          invalid(at.text(), "more than " + std::to_string(limits_.messages_max) + " messages."));
    }
    if (!message(at.at(i), i)) return false;
  }
  return cursor_.ok();
}

bool RequestReader::message(const Place& at, std::size_t index) {
  MessagePieces pieces;
  if (!messages_.message(at, pieces)) return false;
  if (pieces.role.empty()) return reject(missing(at.of("role").text()));
  const std::string role = pieces.role.decode();
  if (role == "user") return put_message(at, Role::user, pieces, index);
  if (role == "assistant") return put_message(at, Role::assistant, pieces, index);
  if (role == "tool" || role == "function") return put_result(at, pieces, role != "tool", index);
  if (role == "system") return put_message(at, Role::system, pieces, index);
  if (role == "developer") return put_message(at, Role::developer, pieces, index);
  return reject(invalid(at.of("role").text(),
                        "'" + role +
                            "' is not one of 'developer', 'system', 'user', 'assistant', 'tool' "
                            "and 'function'."));
}

bool RequestReader::put_message(const Place& at, Role role, MessagePieces& pieces,
                                std::size_t index) {
  const bool assistant = role == Role::assistant;
  if (!assistant && !pieces.calls.empty()) {
    return reject(invalid(at.of("tool_calls").text(), "only an assistant calls tools."));
  }
  chat::Message message;
  message.role = role;
  message.name = pieces.name.decode();
  message.extras = std::move(pieces.extras);
  const auto other = [&](std::string_view name, const Text& value) {
    if (!value.empty()) keep(message.extras, {}, name, base::json_string(value.decode()));
  };
  if (assistant && !pieces.reasoning.empty()) {
    chat::Reasoning reasoning;
    reasoning.text = pieces.reasoning.decode();
    message.parts.push_back(Part{std::move(reasoning), {}, {}});
  }
  std::move(pieces.content.begin(), pieces.content.end(), std::back_inserter(message.parts));
  if (assistant && !pieces.refusal.empty()) {
    message.parts.push_back(Part{chat::Refusal{pieces.refusal.decode()}, {}, {}});
  }
  if (!assistant) other("reasoning_content", pieces.reasoning);
  if (!assistant) other("refusal", pieces.refusal);
  other("tool_call_id", pieces.call_id);
  if (!pieces.audio.empty()) keep(message.extras, {}, "audio", pieces.audio);
  if (!pieces.annotations.empty()) annotate(message, pieces.annotations);
  if (assistant) put_calls(pieces.calls, index, message);
  if (pieces.cache && !message.parts.empty()) message.parts.back().cache = pieces.cache;
  request_.messages.push_back(std::move(message));
  return true;
}

void RequestReader::put_calls(std::vector<Part>& calls, std::size_t index, chat::Message& message) {
  open_calls_.clear();
  for (Part& part : calls) {
    auto& call = *part.as<chat::ToolCall>();
    if (call.id.empty()) {
      call.id = made_up_call_id(std::to_string(index), 0, open_calls_.size());
    }
    open_calls_.push_back({call.id, call.name, call.custom});
    message.parts.push_back(std::move(part));
  }
}

// By its id; without one, the first that waits, of that name where one is given.
RequestReader::OpenCall* RequestReader::call_of(std::string_view id, std::string_view name) {
  const auto fits = [&](const OpenCall& call) {
    if (!id.empty()) return call.id == id;
    return !call.answered && (name.empty() || call.name == name);
  };
  const auto found = std::find_if(open_calls_.begin(), open_calls_.end(), fits);
  return found == open_calls_.end() ? nullptr : &*found;
}

bool RequestReader::put_result(const Place& at, MessagePieces& pieces, bool legacy,
                               std::size_t index) {
  if (!pieces.calls.empty()) {
    return reject(invalid(at.of("tool_calls").text(), "only an assistant calls tools."));
  }
  chat::ToolResult result;
  result.call_id = pieces.call_id.decode();
  result.name = pieces.name.decode();
  result.content = std::move(pieces.content);
  if (OpenCall* call = call_of(result.call_id, result.name)) {
    call->answered = true;
    result.call_id = call->id;
    result.name = call->name;
    result.custom = call->custom;
  }
  if (result.call_id.empty() && legacy) {
    result.call_id = made_up_call_id(std::to_string(index), 0, 0);
  }
  if (result.call_id.empty()) return reject(missing(at.of("tool_call_id").text()));
  if (pieces.cache && !result.content.empty()) result.content.back().cache = pieces.cache;
  if (request_.messages.empty() || request_.messages.back().role != Role::tool) {
    request_.messages.emplace_back().role = Role::tool;
  }
  request_.messages.back().parts.push_back(Part{std::move(result), {}, std::move(pieces.extras)});
  return true;
}

base::Result<chat::Request> decode_request(std::string_view body, const chat::Source&,
                                           const chat::Limits& limits) {
  return RequestReader(body, limits).run();
}

}  // namespace headgate::llm::openai_chat
