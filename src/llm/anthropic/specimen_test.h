// Random requests and answers that Anthropic's Messages API can express, for property tests: what
// is decoded of what was encoded of them is they themselves. Texts come from a table of awkward
// ones. For tests alone.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "base/text/base64.h"
#include "llm/chat/answer.h"
#include "llm/chat/request.h"

namespace headgate::llm::anthropic {

using Strings = std::vector<std::string>;

inline bool any_chance() { return *rc::gen::arbitrary<bool>(); }
inline bool one_in(int n) { return *rc::gen::inRange(0, n) == 0; }

inline std::string any_text() {
  const auto word = rc::gen::elementOf(
      Strings{"Hello", "\"quoted\" \\ back/slash", "line\nbreak\ttab\r", "caf\xC3\xA9",
              "\xF0\x9F\x98\x80 \xE2\x82\xAC", "{\"x\":1}", " ", "\x01\x1F\x7F", "headgate."});
  return *word + "x" + *word;
}

inline std::string any_id() {
  return *rc::gen::nonEmpty(
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("abXY09_-"))));
}

/// Also ids that the API would not take as they are, and ones that look as if we had escaped them.
inline std::string any_call_id(std::size_t number) {
  const std::string id = "call_" + std::to_string(number);
  return *rc::gen::elementOf(Strings{id, "toolu_" + id, "functions.f:" + id, "hgx_" + id,
                                     "hgx_a_2e" + std::to_string(number), "\xC3\xA9/" + id});
}

inline std::string any_object() {
  return *rc::gen::elementOf(Strings{"{}", R"({"city":"K\u00f6ln","n":1.50})",
                                     R"({ "a" : [1, 2, {"b":null}] })",
                                     R"({"big":123456789012345678901234567890})"});
}

inline std::string any_citations() {
  return *rc::gen::elementOf(
      Strings{"", R"([{"type":"char_location","cited_text":"a","document_index":0}])",
              R"([{"type":"page_location","cited_text":"b"},{"type":"x","cited_text":"c"}])"});
}

inline chat::Extras any_extras(const Strings& names) {
  chat::Extras extras;
  if (one_in(4)) extras.push_back({*rc::gen::elementOf(names), R"({"x":[1.0]})"});
  return extras;
}

/// Hands out at most four cache marks.
class MarkBudget {
 public:
  std::optional<chat::CacheMark> next() {
    if (left_ == 0 || !one_in(4)) return std::nullopt;
    --left_;
    return chat::CacheMark{*rc::gen::elementOf(Strings{"", "5m", "1h"})};
  }

 private:
  int left_ = 4;
};

inline chat::Part any_text_part(MarkBudget& marks, bool cites) {
  chat::Part part = chat::text_part(any_text());
  if (cites) part.as<chat::Text>()->annotations = any_citations();
  part.cache = marks.next();
  part.extras = any_extras({"future", "a\"b"});
  return part;
}

inline chat::Part any_media(MarkBudget& marks) {
  chat::Media media;
  const bool document = any_chance();
  media.kind = document ? chat::MediaKind::document : chat::MediaKind::image;
  if (document && any_chance()) media.filename = any_text();
  switch (*rc::gen::inRange(0, document ? 4 : 3)) {
    case 0: media.url = "https://example.org/" + any_id(); break;
    case 1: media.file_id = "file_" + any_id(); break;
    case 2:
      media.mime = document ? "application/pdf" : "image/png";
      media.data = base::base64(any_text());
      break;
    default:
      media.mime = "text/plain";
      media.data = base::base64(any_text());
      break;
  }
  chat::Part part{media, marks.next(), {}};
  part.extras = any_extras({"context", "transformations"});
  return part;
}

inline chat::Part any_opaque() {
  const std::string type = *rc::gen::elementOf(Strings{"search_result", "container_upload", "odd"});
  return {chat::Opaque{chat::Dialect::anthropic, type, R"({"type":")" + type + R"(","x":[1]})"},
          {},
          {}};
}

inline chat::Part any_thoughts() {
  chat::Reasoning reasoning;
  reasoning.redacted = one_in(3);
  if (!reasoning.redacted) reasoning.text = any_text();
  reasoning.signature = {chat::Dialect::anthropic, any_id() + "+/="};
  return {reasoning, {}, {}};
}

inline chat::Part any_call(std::size_t number) {
  chat::ToolCall call;
  call.id = any_call_id(number);
  call.name = *rc::gen::elementOf(Strings{"lookup", "get_weather", "ns.tool:v1", "hgx_a_2e"});
  call.arguments = any_object();
  return {call, {}, any_extras({"caller", "toolset_name"})};
}

/// Builds one request.
class RequestMaker {
 public:
  explicit RequestMaker(bool is_2026) : is_2026_(is_2026) {}

  chat::Request make() {
    request_.origin = chat::Dialect::anthropic;
    request_.model = "claude-test";
    request_.output_tokens_max = *rc::gen::inRange<std::int64_t>(0, 100'000);
    request_.stream = any_chance();
    tools();
    conversation();
    parameters();
    return request_;
  }

 private:
  void tools() {
    for (int i = 0, n = *rc::gen::inRange(0, 4); i < n; ++i) {
      chat::Tool tool;
      tool.cache = marks_.next();
      if (one_in(4)) {
        tool.kind = chat::ToolKind::builtin;
        tool.name = "web_search_20250305";
        tool.format = R"({"type":"web_search_20250305","name":"web_search")";
        tool.format += tool.cache ? R"(,"cache_control":{"type":"ephemeral"}})" : "}";
        if (tool.cache) tool.cache->ttl.clear();
      } else {
        tool.name = *rc::gen::elementOf(Strings{"lookup", "ns.tool:v1"});
        if (any_chance()) tool.description = any_text();
        tool.schema = R"({"type":"object","properties":{"n":{"type":"number","minimum":1.50}}})";
        if (any_chance()) tool.strict = any_chance();
        tool.extras = any_extras({"eager_input_streaming", "input_examples"});
      }
      request_.tools.push_back(tool);
    }
    if (request_.tools.empty()) return;
    if (any_chance()) {
      chat::ToolChoice& choice = request_.tool_choice.emplace();
      choice.mode = *rc::gen::element(chat::ToolMode::automatic, chat::ToolMode::none,
                                      chat::ToolMode::required, chat::ToolMode::named);
      if (choice.mode == chat::ToolMode::named) choice.names = {"lookup"};
      if (choice.mode != chat::ToolMode::none && any_chance()) {
        request_.parallel_tool_calls = any_chance();
      }
    }
  }

  chat::Message& message(chat::Role role) {
    chat::Message& added = request_.messages.emplace_back();
    added.role = role;
    return added;
  }

  void texts(chat::Role role) {
    auto& parts = message(role).parts;
    for (int i = 0, n = *rc::gen::inRange(1, 3); i < n; ++i) {
      parts.push_back(any_text_part(marks_, false));
    }
  }

  void user() {
    chat::Message& added = message(chat::Role::user);
    for (int i = 0, n = *rc::gen::inRange(1, 4); i < n; ++i) {
      const int kind = *rc::gen::inRange(0, 4);
      if (kind == 0) added.parts.push_back(any_media(marks_));
      if (kind == 1) added.parts.push_back(any_opaque());
      if (kind > 1) added.parts.push_back(any_text_part(marks_, !is_2026_));
    }
  }

  void assistant() {
    chat::Message& added = message(chat::Role::assistant);
    added.extras = any_extras({"future"});
    if (any_chance()) added.parts.push_back(any_thoughts());
    if (any_chance()) added.parts.push_back(any_text_part(marks_, true));
    if (one_in(4)) added.parts.push_back(any_opaque());
    for (int i = 0, n = *rc::gen::inRange(0, 3); i < n; ++i) {
      added.parts.push_back(any_call(++calls_));
      added.parts.back().cache = marks_.next();
    }
    if (added.parts.empty()) added.parts.push_back(chat::text_part(any_text()));
  }

  // True when the last message called tools.
  bool results() {
    std::vector<chat::Part> parts;
    for (const chat::Part& part : request_.messages.back().parts) {
      const auto* call = part.as<chat::ToolCall>();
      if (call == nullptr) continue;
      chat::ToolResult result;
      result.call_id = call->id;
      result.name = call->name;
      result.is_error = any_chance();
      for (int i = 0, n = *rc::gen::inRange(0, 3); i < n; ++i) {
        result.content.push_back(any_chance() ? any_media(marks_) : any_text_part(marks_, false));
      }
      parts.push_back({result, marks_.next(), any_extras({"toolset_name"})});
    }
    if (parts.empty()) return false;
    message(chat::Role::tool).parts = std::move(parts);
    return true;
  }

  void conversation() {
    if (any_chance()) texts(chat::Role::system);
    user();
    for (int i = 0, n = *rc::gen::inRange(0, 4); i < n; ++i) {
      if (one_in(4)) texts(chat::Role::system);
      assistant();
      if (!results() || any_chance()) user();
    }
    if (one_in(6)) texts(chat::Role::system);
  }

  void parameters() {
    if (any_chance()) thinking();
    if (any_chance()) {
      request_.format.emplace().kind = chat::FormatKind::json_schema;
      request_.format->schema = R"({"type":"object","additionalProperties":false})";
    }
    if (!is_2026_) {
      request_.temperature = *rc::gen::elementOf(Strings{"", "0.70", "1", "1e-1"});
      request_.top_p = *rc::gen::elementOf(Strings{"", "0.9"});
      request_.top_k = *rc::gen::elementOf(Strings{"", "40"});
    }
    if (any_chance()) request_.stop = {any_text(), "END"};
    if (any_chance()) request_.user = any_text();
    request_.service_tier = *rc::gen::elementOf(Strings{"", "auto", "standard_only"});
    request_.cache = marks_.next();
    request_.extras = any_extras({"container", "mcp_servers", "context_management", "speed"});
    nested_extras();
  }

  void thinking() {
    chat::ReasoningWish& wish = request_.reasoning.emplace();
    wish.mode =
        *rc::gen::elementOf(Strings{"", "enabled", "adaptive", "between_tools", "disabled"});
    wish.effort = *rc::gen::elementOf(Strings{"low", "medium", "high", "xhigh", "max"});
    if (wish.mode == "enabled") wish.budget_tokens = *rc::gen::inRange<std::int64_t>(1024, 9999);
    if ((wish.mode == "enabled" || wish.mode == "adaptive") && any_chance()) {
      wish.show = any_chance();
    }
  }

  // Unknown members of the objects that the neutral model takes apart.
  void nested_extras() {
    if (request_.tool_choice && one_in(4)) request_.extras.push_back({"tool_choice.x", "1"});
    if (one_in(4)) request_.extras.push_back({"metadata.x", "\"y\""});
    if (one_in(4)) request_.extras.push_back({"output_config.x", "[]"});
    if (request_.format && one_in(4)) request_.extras.push_back({"output_config.format.x", "{}"});
    if (request_.reasoning && !request_.reasoning->mode.empty() && one_in(4)) {
      request_.extras.push_back({"thinking.x", "2.0"});
    }
  }

  bool is_2026_;
  chat::Request request_;
  MarkBudget marks_;
  std::size_t calls_ = 0;
};

inline base::Usage any_usage() {
  const auto tokens = rc::gen::inRange<std::int64_t>(0, 1'000);
  base::Usage usage;
  usage.cached = *tokens;
  usage.cache_write_long = *tokens;
  usage.cache_write = usage.cache_write_long + *tokens;
  usage.input = usage.cached + usage.cache_write + *tokens;
  usage.reasoning = *tokens;
  usage.output = usage.reasoning + *tokens;
  usage.web_searches = *rc::gen::inRange<std::int64_t>(0, 4);
  usage.tier = *rc::gen::element(base::ServiceTier::standard, base::ServiceTier::batch,
                                 base::ServiceTier::priority, base::ServiceTier::fast);
  return usage;
}

/// Thoughts of any provider's model.
inline chat::Part any_provider_thoughts() {
  chat::Part part = any_thoughts();
  auto& reasoning = *part.as<chat::Reasoning>();
  reasoning.signature.origin =
      *rc::gen::element(chat::Dialect::anthropic, chat::Dialect::openai_chat,
                        chat::Dialect::openai_responses, chat::Dialect::gemini);
  if (reasoning.signature.origin == chat::Dialect::anthropic) return part;
  reasoning.is_summary = any_chance();
  if (any_chance()) reasoning.id = "rs_" + any_id();
  if (!reasoning.redacted && any_chance()) reasoning.signature.value.clear();
  return part;
}

inline chat::Candidate any_candidate() {
  chat::Candidate candidate;
  bool has_calls = false;
  for (std::size_t i = 0, n = *rc::gen::inRange<std::size_t>(0, 5); i < n; ++i) {
    const int kind = *rc::gen::inRange(0, 4);
    if (kind == 0) candidate.parts.push_back(any_provider_thoughts());
    if (kind == 1) candidate.parts.push_back(any_opaque());
    if (kind == 2) candidate.parts.push_back(any_call(i));
    if (kind == 3) {
      candidate.parts.push_back(chat::text_part(any_text()));
      candidate.parts.back().as<chat::Text>()->annotations = any_citations();
    }
    has_calls = has_calls || kind == 2;
  }
  using chat::StopReason;
  struct Stop {
    StopReason reason;
    std::string native;
  };
  const Stop natural =
      has_calls ? Stop{StopReason::tool_calls, "tool_use"} : Stop{StopReason::stop, "end_turn"};
  const Stop stop = *rc::gen::elementOf(
      std::vector<Stop>{natural,
                        {StopReason::length, "max_tokens"},
                        {StopReason::stop_sequence, "stop_sequence"},
                        {StopReason::pause, "pause_turn"},
                        {StopReason::pause, "compaction"},
                        {StopReason::refusal, "refusal"},
                        {StopReason::context, "model_context_window_exceeded"}});
  candidate.stop = stop.reason;
  candidate.stop_native = stop.native;
  if (stop.reason == StopReason::stop_sequence) candidate.stop_sequence = any_text();
  return candidate;
}

inline chat::Answer any_answer() {
  chat::Answer answer;
  answer.origin = chat::Dialect::anthropic;
  answer.id = "msg_" + any_id();
  answer.model = "claude-test";
  answer.candidates.push_back(any_candidate());
  answer.usage = any_usage();
  return answer;
}

}  // namespace headgate::llm::anthropic
