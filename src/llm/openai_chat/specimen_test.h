// Random requests that chat completions can express, in the one form in which they read back as
// they were. For the property tests of this folder alone.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <utility>
#include <vector>

#include "llm/chat/request.h"
#include "llm/chat/specimen_test.h"

namespace headgate::llm::openai_chat {

inline bool coin() { return *rc::gen::arbitrary<bool>(); }

inline std::optional<chat::CacheMark> any_mark() {
  if (coin()) return std::nullopt;
  return chat::CacheMark{*rc::gen::element<std::string>("", "30m", "12h")};
}

inline chat::Media any_media() {
  using chat::MediaKind;
  chat::Media media;
  switch (*rc::gen::inRange(0, 5)) {
    case 0:
      media.url = "https://example.com/a b.png?x=\"y\"";
      media.detail = *rc::gen::element<std::string>("", "low", "high");
      break;
    case 1:
      media.mime = "image/png";
      media.data = "iVBORw0KGgo=";
      break;
    case 2:
      media.kind = MediaKind::audio;
      media.mime = *rc::gen::element<std::string>("audio/wav", "audio/mpeg", "audio/flac");
      media.data = "UklGRg==";
      break;
    case 3:
      media.kind = MediaKind::document;
      media.mime = "application/pdf";
      media.data = "JVBERi0=";
      media.filename = *rc::gen::element<std::string>("", "a.pdf");
      break;
    default: media.kind = MediaKind::document; media.file_id = *chat::any_id();
  }
  return media;
}

inline chat::Part any_content(bool media) {
  chat::Part part = chat::text_part(*chat::any_text());
  if (media && coin()) part.value = any_media();
  if (media && *rc::gen::inRange(0, 8) == 0) {
    part.value = chat::Opaque{chat::Dialect::openai_chat, "odd", "{\"type\":\"odd\",\"n\":1.0}"};
    return part;
  }
  part.cache = any_mark();
  if (coin()) part.extras.push_back({"odd", "[1, {}]"});
  return part;
}

inline void fill_content(std::vector<chat::Part>& parts, bool media) {
  for (int n = *rc::gen::inRange(0, 4); n > 0; --n) parts.push_back(any_content(media));
}

inline chat::Message any_plain_message() {
  using chat::Role;
  chat::Message message;
  message.role = *rc::gen::element(Role::system, Role::developer, Role::user);
  fill_content(message.parts, message.role == Role::user);
  if (coin()) message.name = *chat::any_id();
  if (coin()) message.extras.push_back({"odd", "\"x\""});
  return message;
}

inline chat::ToolCall any_tool_call(std::size_t number) {
  chat::AnswerTraits traits;
  return chat::any_call(traits, number);
}

// An assistant's turn, and the results of its calls.
inline void add_turn(std::vector<chat::Message>& messages) {
  chat::Message message;
  message.role = chat::Role::assistant;
  if (coin()) {
    chat::Reasoning reasoning;
    reasoning.text = *chat::any_text();
    message.parts.push_back({std::move(reasoning), {}, {}});
  }
  fill_content(message.parts, false);
  if (coin()) message.parts.push_back({chat::Refusal{*chat::any_text()}, {}, {}});
  chat::Message results;
  results.role = chat::Role::tool;
  for (int n = *rc::gen::inRange(0, 4); n > 0; --n) {
    chat::ToolCall call = any_tool_call(messages.size() * 10 + static_cast<std::size_t>(n));
    chat::ToolResult result;
    result.call_id = call.id;
    result.name = call.name;
    result.custom = call.custom;
    fill_content(result.content, coin());
    results.parts.push_back({std::move(result), {}, {}});
    message.parts.push_back({std::move(call), {}, {}});
  }
  messages.push_back(std::move(message));
  if (!results.parts.empty()) messages.push_back(std::move(results));
}

inline chat::Tool any_tool() {
  using chat::ToolKind;
  chat::Tool tool;
  tool.kind = *rc::gen::element(ToolKind::function, ToolKind::custom, ToolKind::builtin);
  tool.name = *chat::any_id();
  if (tool.kind == ToolKind::builtin) {
    tool.format = "{\"type\":\"" + tool.name + "\",\"n\":1.0}";
    return tool;
  }
  if (coin()) tool.description = *chat::any_text();
  if (tool.kind == ToolKind::custom && coin()) tool.format = R"({"type":"text"})";
  if (tool.kind == ToolKind::function) {
    if (coin()) tool.schema = *chat::any_json_object();
    if (coin()) tool.strict = coin();
    if (coin()) tool.extras.push_back({"function.async", "true"});
  }
  tool.cache = any_mark();
  if (coin()) tool.extras.push_back({"odd", "7"});
  return tool;
}

inline chat::ToolChoice any_choice() {
  using chat::ToolMode;
  chat::ToolChoice choice;
  choice.mode = *rc::gen::element(ToolMode::automatic, ToolMode::none, ToolMode::required,
                                  ToolMode::named, ToolMode::allowed);
  if (choice.mode == ToolMode::named) {
    choice.names.push_back(*chat::any_id());
    choice.custom = coin();
  }
  if (choice.mode == ToolMode::allowed) {
    choice.names = {*chat::any_id(), *chat::any_id()};
    choice.required = coin();
  }
  return choice;
}

inline chat::OutputFormat any_format() {
  using chat::FormatKind;
  chat::OutputFormat format;
  format.kind =
      *rc::gen::element(FormatKind::text, FormatKind::json_object, FormatKind::json_schema);
  if (format.kind != FormatKind::json_schema) return format;
  format.name = *chat::any_id();
  if (coin()) format.description = *chat::any_text();
  format.schema = *chat::any_json_object();
  if (coin()) format.strict = coin();
  return format;
}

inline void fill_settings(chat::Request& request) {
  const auto number = rc::gen::element<std::string>("", "0.70", "1", "-1.5e0");
  request.temperature = *number;
  request.top_p = *number;
  request.top_k = *number;
  request.presence_penalty = *number;
  request.frequency_penalty = *number;
  request.seed = *number;
  if (coin()) request.output_tokens_max = *rc::gen::inRange<std::int64_t>(0, 100'000);
  if (coin()) request.stop = {*chat::any_text(), *chat::any_text()};
  request.candidates = *rc::gen::inRange<std::int64_t>(1, 5);
  if (coin()) request.logprobs = coin();
  if (coin()) request.top_logprobs = *rc::gen::inRange<std::int64_t>(0, 20);
  if (coin()) request.reasoning = chat::ReasoningWish{.effort = "high"};
  if (coin()) request.format = any_format();
  if (coin()) request.parallel_tool_calls = coin();
  if (coin()) request.tool_choice = any_choice();
  if (coin()) request.user = *chat::any_text();
  if (coin()) request.service_tier = "flex";
  if (coin()) request.cache_key = *chat::any_text();
  request.cache = any_mark();
  if (coin()) request.metadata = *chat::any_json_object();
  if (coin()) request.store = coin();
}

inline rc::Gen<chat::Request> any_request() {
  return rc::gen::exec([] {
    chat::Request request;
    request.model = *chat::any_text();
    for (int n = *rc::gen::inRange(1, 5); n > 0; --n) {
      if (coin()) {
        add_turn(request.messages);
      } else {
        request.messages.push_back(any_plain_message());
      }
    }
    for (int n = *rc::gen::inRange(0, 4); n > 0; --n) request.tools.push_back(any_tool());
    fill_settings(request);
    request.stream = coin();
    request.usage_in_stream = coin();
    if (request.format) request.extras.push_back({"response_format.odd", "[]"});
    if (coin()) request.extras.push_back({"stream_options.include_obfuscation", "false"});
    if (coin()) request.extras.push_back({"modalities", R"(["text", "audio"])"});
    if (coin()) request.extras.push_back({"logit_bias", R"({"50256":-100})"});
    return request;
  });
}

}  // namespace headgate::llm::openai_chat
