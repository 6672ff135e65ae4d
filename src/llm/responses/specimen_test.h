// Random requests and answers that the Responses API can say, for property tests. Texts come from a
// table of awkward ones. For tests alone.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "llm/chat/answer.h"
#include "llm/chat/request.h"

namespace headgate::llm::responses::specimen {

using chat::Dialect;
using chat::Part;

inline std::string word() {
  return *rc::gen::elementOf(std::vector<std::string>{
      "a", "Hello, world", "\"quoted\" \\ back/slash", "line\nbreak\ttab\r", "caf\xC3\xA9",
      "\xF0\x9F\x98\x80 \xE2\x82\xAC", "</script>", "{\"x\":1}", " ", "\x01\x1F\x7F", "null",
      "data: [DONE]"});
}

inline bool coin() { return *rc::gen::arbitrary<bool>(); }
inline int below(int end) { return *rc::gen::inRange(0, end); }

/// Counts up through one specimen, so that ids are unique.
struct Ids {
  int next = 0;
  std::string operator()(const std::string& prefix) { return prefix + std::to_string(next++); }
};

inline std::string json() {
  return *rc::gen::elementOf(std::vector<std::string>{
      "{}", R"({"city":"K\u00f6ln","n":1.50})", R"({ "a" : [1, 2, {"b":null}] })",
      R"({"big":123456789012345678901234567890})", R"({"text":"}{\"]["})"});
}

inline Part text(const std::string& item_id, bool annotated) {
  Part part = chat::text_part(word() + word());
  if (annotated && coin()) {
    part.as<chat::Text>()->annotations =
        R"([{"type":"url_citation","url":"u","title":"t","start_index":0,"end_index":1}])";
  }
  part.item_id = item_id;
  return part;
}

/// Texts and refusals of one message item.
inline void message_item(const std::string& id, std::vector<Part>& parts) {
  const std::size_t first = parts.size();
  const int count = 1 + below(2);
  for (int i = 0; i < count; ++i) {
    if (below(4) == 0) {
      Part part;
      part.value = chat::Refusal{word()};
      part.item_id = id;
      parts.push_back(std::move(part));
    } else {
      parts.push_back(text(id, true));
    }
  }
  if (!id.empty() && coin()) {
    parts[first].extras.push_back({"message.phase", "\"commentary\""});
  }
}

inline void reasoning_item(const std::string& id, std::vector<Part>& parts) {
  const int summaries = below(3);
  const int thoughts = below(2);
  for (int i = 0; i < summaries + thoughts; ++i) {
    Part part;
    part.value = chat::Reasoning{.text = word(), .is_summary = i < summaries, .id = id};
    parts.push_back(std::move(part));
  }
  if (summaries + thoughts == 0) {
    Part part;
    part.value = chat::Reasoning{.is_summary = true, .id = id};
    parts.push_back(std::move(part));
  }
  if (coin()) {
    parts.back().as<chat::Reasoning>()->signature = {Dialect::openai_responses, "enc" + word()};
  }
}

inline Part call(Ids& ids, bool with_item) {
  Part part;
  chat::ToolCall call;
  call.id = ids("call_");
  call.name = ids("tool_");
  call.custom = below(4) == 0;
  call.arguments = call.custom ? word() : json();
  part.value = std::move(call);
  if (with_item) part.item_id = ids("fc_");
  if (with_item && below(4) == 0) part.extras.push_back({"namespace", "\"n\""});
  return part;
}

inline Part opaque(const std::string& type, Ids& ids) {
  Part part;
  part.value = chat::Opaque{Dialect::openai_responses, type,
                            "{\"type\":\"" + type + "\",\"id\":\"" + ids("o_") + "\"}"};
  return part;
}

inline Part media() {
  Part part;
  switch (below(6)) {
    case 0: part.value = chat::Media{chat::MediaKind::image, "image/png", "QUJD"}; break;
    case 1: part.value = chat::Media{.kind = chat::MediaKind::image, .url = "https://x/y"}; break;
    case 2:
      part.value =
          chat::Media{.kind = chat::MediaKind::image, .file_id = "file_1", .detail = "original"};
      break;
    case 3:
      part.value = chat::Media{.kind = chat::MediaKind::document,
                               .mime = "application/pdf",
                               .data = "QUJD",
                               .filename = word()};
      break;
    case 4:
      part.value = chat::Media{.kind = chat::MediaKind::document, .url = "https://x/a.pdf"};
      break;
    default: part.value = chat::Media{chat::MediaKind::audio, "audio/wav", "QUJD"}; break;
  }
  return part;
}

inline std::vector<Part> content() {
  std::vector<Part> parts;
  const int count = below(4);
  for (int i = 0; i < count; ++i) {
    parts.push_back(below(3) == 0 ? media() : text({}, false));
    const auto* odd = parts.back().as<chat::Media>();
    const bool audio = odd != nullptr && odd->kind == chat::MediaKind::audio;
    if (!audio && below(4) == 0) parts.back().cache = chat::CacheMark{coin() ? "30m" : ""};
    if (below(5) == 0) parts.back().extras.push_back({"odd", json()});
  }
  return parts;
}

inline chat::Message plain_message(Ids& ids) {
  chat::Message message;
  message.role = *rc::gen::element(chat::Role::user, chat::Role::developer, chat::Role::system);
  message.parts = content();
  const std::string id = coin() ? ids("msg_") : std::string();
  for (Part& part : message.parts) part.item_id = id;
  if (below(4) == 0) message.extras.push_back({"odd", json()});
  return message;
}

inline chat::Message turn(Ids& ids) {
  chat::Message message;
  message.role = chat::Role::assistant;
  const int count = 1 + below(4);
  bool behind_text = false;
  for (int i = 0; i < count; ++i) {
    const int kind = below(behind_text ? 3 : 4);
    behind_text = kind == 3;
    if (kind == 0) message.parts.push_back(call(ids, coin()));
    if (kind == 1) reasoning_item(ids("rs_"), message.parts);
    if (kind == 2) message.parts.push_back(opaque("web_search_call", ids));
    if (kind == 3) message_item(coin() ? ids("msg_") : std::string(), message.parts);
  }
  return message;
}

inline chat::Message results(const std::vector<chat::Message>& before, Ids& ids) {
  chat::Message message;
  message.role = chat::Role::tool;
  for (const Part& part : before.back().parts) {
    const auto* call = part.as<chat::ToolCall>();
    if (call == nullptr) continue;
    Part answer;
    answer.value = chat::ToolResult{call->id, call->name, content(), false, call->custom};
    if (coin()) answer.item_id = ids("fco_");
    message.parts.push_back(std::move(answer));
  }
  Part unknown;
  unknown.value =
      chat::ToolResult{ids("call_"), coin() ? "elsewhere" : "", content(), false, false};
  message.parts.push_back(std::move(unknown));
  if (coin()) message.parts.push_back(opaque("computer_call_output", ids));
  return message;
}

inline std::vector<chat::Message> messages(Ids& ids) {
  std::vector<chat::Message> list;
  if (coin()) list.push_back({chat::Role::system, {chat::text_part("instructions")}, {}, {}});
  const int count = 1 + below(3);
  for (int i = 0; i < count; ++i) {
    list.push_back(plain_message(ids));
    if (coin()) {
      list.push_back(turn(ids));
      list.push_back(results(list, ids));
    }
  }
  return list;
}

inline std::vector<chat::Tool> tools(Ids& ids) {
  std::vector<chat::Tool> list;
  const int count = below(4);
  for (int i = 0; i < count; ++i) {
    chat::Tool tool;
    tool.kind = static_cast<chat::ToolKind>(below(3));
    tool.name = ids("tool_");
    if (coin()) tool.description = word();
    if (tool.kind == chat::ToolKind::function) {
      if (coin()) tool.schema = json();
      if (coin()) tool.strict = coin();
      if (coin()) tool.extras.push_back({"defer_loading", "true"});
    } else if (tool.kind == chat::ToolKind::custom) {
      if (coin()) tool.format = R"({"type":"grammar","syntax":"lark","definition":"x"})";
    } else {
      tool.name = "web_search";
      tool.description.clear();
      tool.format = R"({"type":"web_search","user_location":{"country":"DE"}})";
    }
    list.push_back(std::move(tool));
  }
  return list;
}

inline chat::ToolChoice choice() {
  chat::ToolChoice choice;
  choice.mode = static_cast<chat::ToolMode>(below(5));
  if (choice.mode == chat::ToolMode::named) {
    choice.names = {word()};
    choice.custom = coin();
  }
  if (choice.mode == chat::ToolMode::allowed) {
    choice.names = {"a", "b"};
    choice.required = coin();
  }
  return choice;
}

inline void options(chat::Request& request) {
  if (coin()) request.tool_choice = choice();
  if (coin()) request.parallel_tool_calls = coin();
  if (coin()) {
    request.format = chat::OutputFormat{static_cast<chat::FormatKind>(below(3)), {}, {}, {}, {}};
    if (request.format->kind == chat::FormatKind::json_schema) {
      request.format->name = "n";
      request.format->schema = json();
      if (coin()) request.format->strict = coin();
    }
  }
  if (coin()) {
    request.reasoning.emplace().effort = coin() ? "xhigh" : "";
    if (coin()) {
      request.reasoning->summary = "detailed";
      request.reasoning->show = true;
    }
  }
  if (coin()) request.output_tokens_max = below(100'000);
  if (coin()) request.temperature = "0.70";
  if (coin()) request.top_p = "1e-1";
  if (coin()) request.logprobs = true;
  if (coin()) request.top_logprobs = below(20);
}

inline void bookkeeping(chat::Request& request) {
  request.stream = coin();
  if (coin()) request.user = word();
  if (coin()) request.service_tier = "flex";
  if (coin()) request.cache_key = word();
  if (coin()) request.metadata = R"({"a":"b"})";
  if (coin()) request.store = coin();
  if (coin()) request.previous_response_id = "resp_0";
  if (coin()) request.extras.push_back({"text.verbosity", "\"low\""});
  if (request.reasoning && coin()) request.extras.push_back({"reasoning.context", "\"auto\""});
  if (coin()) request.extras.push_back({"include", "[\"reasoning.encrypted_content\"]"});
  if (coin()) request.extras.push_back({"truncation", "\"auto\""});
  if (coin()) request.extras.push_back({"odd\n\"name\"", json()});
}

inline chat::Request request() {
  Ids ids;
  chat::Request request;
  request.origin = Dialect::openai_responses;
  request.model = word();
  request.messages = messages(ids);
  request.tools = tools(ids);
  options(request);
  bookkeeping(request);
  return request;
}

inline base::Usage usage() {
  base::Usage usage;
  usage.cached = below(1000);
  usage.cache_write_long = below(1000);
  usage.cache_write = usage.cache_write_long + below(1000);
  usage.input = usage.cached + usage.cache_write + below(1000);
  usage.reasoning = below(1000);
  usage.output = usage.reasoning + below(1000);
  usage.tier = *rc::gen::element(base::ServiceTier::standard, base::ServiceTier::flex,
                                 base::ServiceTier::priority, base::ServiceTier::ultrafast);
  return usage;
}

inline chat::Candidate candidate(Ids& ids) {
  chat::Candidate candidate;
  std::vector<Part>& parts = candidate.parts;
  const int count = below(5);
  for (int i = 0; i < count; ++i) {
    switch (below(5)) {
      case 0: reasoning_item(ids("rs_"), parts); break;
      case 1: parts.push_back(call(ids, true)); break;
      case 2: parts.push_back(opaque("web_search_call", ids)); break;
      case 3: {
        Part part;
        part.value = chat::Media{chat::MediaKind::image, "image/webp", "QUJD"};
        part.item_id = ids("ig_");
        parts.push_back(std::move(part));
        break;
      }
      default: message_item(ids("msg_"), parts); break;
    }
  }
  bool called = false;
  bool refused = false;
  bool said = false;
  for (const Part& part : parts) {
    called = called || part.as<chat::ToolCall>();
    refused = refused || part.as<chat::Refusal>();
    said = said || (part.as<chat::Text>() && !refused);  // log-probabilities are of text alone
  }
  using chat::StopReason;
  candidate.stop = called    ? StopReason::tool_calls
                   : refused ? StopReason::refusal
                             : StopReason::stop;
  candidate.stop_native = "completed";
  if (below(3) == 0) {
    candidate.stop = StopReason::length;
    candidate.stop_native = "max_output_tokens";
  } else if (below(4) == 0) {
    candidate.stop = StopReason::pause;
    candidate.stop_native = "steered";
  }
  if (said && coin()) candidate.logprobs = R"([{"token":"a","logprob":-0.10,"bytes":[97]}])";
  return candidate;
}

inline chat::Answer answer() {
  Ids ids;
  chat::Answer answer;
  answer.origin = Dialect::openai_responses;
  answer.id = "resp_" + word();
  answer.model = word();
  answer.created_s = below(2'000'000'000);
  answer.candidates.push_back(candidate(ids));
  if (coin()) answer.usage = usage();
  if (coin()) answer.extras.push_back({"moderation", json()});
  return answer;
}

}  // namespace headgate::llm::responses::specimen
