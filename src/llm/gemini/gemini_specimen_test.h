// Random values that Gemini's dialect can express, for property tests: decoding what was encoded
// gives them back. For tests alone.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <utility>
#include <vector>

#include "llm/chat/request.h"
#include "llm/chat/specimen_test.h"

namespace headgate::llm::gemini {

inline bool coin() { return *rc::gen::arbitrary<bool>(); }

inline std::string any_schema() {
  return *rc::gen::element<std::string>(
      R"({"type":"object","properties":{"n":{"type":"number","minimum":1.50}}})",
      R"({"type":"object","additionalProperties":false,"required":["a"],"properties":{"a":{}}})",
      R"({"anyOf":[{"$ref":"#/$defs/x"},{"type":["string","null"]}],"$defs":{"x":{"enum":[1]}}})");
}

inline chat::Signature gemini_signature() {
  return {chat::Dialect::gemini, coin() ? *chat::any_id() : std::string()};
}

inline chat::Part any_media() {
  chat::Media media;
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      media.mime = *rc::gen::element<std::string>("image/png", "audio/wav", "application/pdf");
      media.data = "QUJD";
      break;
    case 1:
      media.mime = "video/mp4";
      media.url = "https://example.com/" + *chat::any_id();
      break;
    default:
      media.mime = "image/jpeg";
      media.file_id = "https://generativelanguage.googleapis.com/v1beta/files/" + *chat::any_id();
  }
  if (coin()) media.filename = *chat::any_id();
  media.kind = media.mime.starts_with("image/")   ? chat::MediaKind::image
               : media.mime.starts_with("audio/") ? chat::MediaKind::audio
               : media.mime.starts_with("video/") ? chat::MediaKind::video
                                                  : chat::MediaKind::document;
  return {std::move(media), {}, {}};
}

inline chat::Part any_opaque() {
  return *rc::gen::element<chat::Part>(
      chat::Part{chat::Opaque{chat::Dialect::gemini, "executableCode",
                              R"({"executableCode":{"language":"PYTHON","code":"1"}})"}},
      chat::Part{chat::Opaque{chat::Dialect::gemini, "codeExecutionResult",
                              R"({"codeExecutionResult":{"outcome":"OUTCOME_OK"}})"}});
}

inline chat::Part signature_carrier() {
  chat::Reasoning carrier;
  carrier.signature = {chat::Dialect::gemini, *chat::any_id()};
  return {std::move(carrier), {}, {}};
}

/// Parts as the model writes them: no two neighbours that a stream would not keep apart.
inline std::vector<chat::Part> any_model_parts(bool extras) {
  std::vector<chat::Part> parts;
  const int count = *rc::gen::inRange(0, 5);
  std::size_t last = std::variant_npos;
  for (int i = 0; i < count; ++i) {
    chat::Part part;
    switch (*rc::gen::inRange(0, 6)) {
      case 0: part = any_media(); break;
      case 1: part = any_opaque(); break;
      case 2: {
        chat::Reasoning thought;
        thought.text = *chat::any_text();
        thought.is_summary = true;
        thought.signature = gemini_signature();
        part.value = std::move(thought);
        break;
      }
      case 3:
      case 4: {
        chat::ToolCall call;
        call.id = "call_" + std::to_string(i) + *chat::any_id();
        call.name = *chat::any_id();
        call.arguments = *chat::any_json_object();
        call.signature = gemini_signature();
        part.value = std::move(call);
        break;
      }
      default: part = chat::text_part(*chat::any_text());
    }
    const bool merges = part.as<chat::Text>() || part.as<chat::Reasoning>();
    if (merges && part.value.index() == last) continue;
    last = part.value.index();
    const bool carries = part.as<chat::Text>() || part.as<chat::Media>();
    if (extras && !part.as<chat::Opaque>() && coin()) {
      part.extras.push_back({"partMetadata", R"({"k":[1.0]})"});
    }
    parts.push_back(std::move(part));
    if (carries && coin()) {
      // A carrier is a thought, so a thought must not follow it.
      parts.push_back(signature_carrier());
      last = parts.back().value.index();
    }
  }
  return parts;
}

inline chat::Part any_result(const chat::ToolCall& call) {
  chat::ToolResult result;
  result.call_id = call.id;
  result.name = call.name;
  result.is_error = coin();
  if (result.is_error || coin()) {
    result.content.push_back(chat::text_part(*rc::gen::element<std::string>(
        "sunny", "", "{\"t\":20.50}", "{}", "[1,2.0]", " {\"a\":1}", "{\"output\":\"x\"}",
        "{\"error\":\"x\"}", "{\"error\":\"x\",\"more\":1}", "{\"result\":null}", "null", "{")));
  }
  if (coin()) result.content.push_back(any_media());
  return {std::move(result), {}, {}};
}

/// A user's turn, the model's, and what its calls returned.
inline void add_turns(std::vector<chat::Message>& messages) {
  chat::Message user;
  user.parts.push_back(coin() ? any_media() : chat::text_part(*chat::any_text()));
  if (coin()) user.parts.push_back(chat::text_part(*chat::any_text()));
  if (coin()) user.parts[0].extras.push_back({"mediaResolution", "{\"level\":\"L\"}"});
  messages.push_back(std::move(user));
  chat::Message model;
  model.role = chat::Role::assistant;
  model.parts = any_model_parts(true);
  chat::Message results;
  results.role = chat::Role::tool;
  for (const chat::Part& part : model.parts) {
    if (const auto* call = part.as<chat::ToolCall>()) results.parts.push_back(any_result(*call));
  }
  messages.push_back(std::move(model));
  if (!results.parts.empty()) messages.push_back(std::move(results));
}

inline void add_tools(chat::Request& request) {
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
    chat::Tool tool;
    tool.name = "f" + std::to_string(i);
    if (coin()) tool.description = *chat::any_text();
    if (coin()) tool.schema = any_schema();
    if (coin()) tool.extras.push_back({"behavior", "\"BLOCKING\""});
    request.tools.push_back(std::move(tool));
  }
  if (coin()) {
    chat::Tool search;
    search.kind = chat::ToolKind::builtin;
    search.name = "googleSearch";
    search.format = "{\"googleSearch\":{}}";
    request.tools.push_back(std::move(search));
  }
  if (coin()) {
    request.tool_choice = *rc::gen::element<chat::ToolChoice>(
        chat::ToolChoice{}, chat::ToolChoice{chat::ToolMode::none},
        chat::ToolChoice{chat::ToolMode::required}, chat::ToolChoice{chat::ToolMode::named, {"f1"}},
        chat::ToolChoice{chat::ToolMode::allowed, {"f1", "f2"}, true},
        chat::ToolChoice{chat::ToolMode::allowed, {"f1"}, false});
  }
}

inline void add_config(chat::Request& request) {
  if (coin()) request.output_tokens_max = *rc::gen::inRange(1, 9999);
  if (coin()) request.stop = {"END", *chat::any_text()};
  if (coin()) request.temperature = "0.70";
  if (coin()) request.top_p = "1";
  if (coin()) request.top_k = "40";
  if (coin()) request.presence_penalty = "-0.5";
  if (coin()) request.frequency_penalty = "1e-1";
  if (coin()) request.seed = "7";
  if (coin()) request.candidates = *rc::gen::inRange(1, 8);
  if (coin()) request.logprobs = coin();
  if (coin()) request.top_logprobs = 3;
  if (coin()) {
    chat::OutputFormat& format = request.format.emplace();
    format.kind = *rc::gen::element(chat::FormatKind::text, chat::FormatKind::json_object,
                                    chat::FormatKind::json_schema);
    if (format.kind == chat::FormatKind::json_schema) format.schema = any_schema();
  }
  if (coin()) {
    chat::ReasoningWish& wish = request.reasoning.emplace();
    if (coin()) wish.show = coin();
    switch (*rc::gen::inRange(0, 4)) {
      case 0: wish.effort = *rc::gen::element<std::string>("minimal", "low", "high"); break;
      case 1: wish.budget_tokens = *rc::gen::inRange(0, 99999); break;
      case 2: wish.mode = "adaptive"; break;
      default: break;
    }
  }
}

inline rc::Gen<chat::Request> any_request() {
  return rc::gen::exec([] {
    chat::Request request;
    request.origin = chat::Dialect::gemini;
    request.model = "gemini-3-pro";
    request.stream = coin();
    if (coin()) {
      chat::Message system;
      system.role = chat::Role::system;
      system.parts.push_back(chat::text_part(*chat::any_text()));
      if (coin()) system.parts.push_back(chat::text_part(*chat::any_text()));
      request.messages.push_back(std::move(system));
    }
    for (int i = *rc::gen::inRange(1, 4); i > 0; --i) add_turns(request.messages);
    add_tools(request);
    if (coin()) request.metadata = R"({"team":"a"})";
    if (coin()) request.service_tier = "flex";
    if (coin()) request.store = coin();
    // In the order in which they are written: own members are kept in the order of the body.
    if (coin()) {
      request.extras.push_back(
          {"toolConfig.functionCallingConfig.streamFunctionCallArguments", "true"});
    }
    if (coin()) request.extras.push_back({"toolConfig.retrievalConfig", "{}"});
    add_config(request);
    if (coin()) {
      request.extras.push_back({"generationConfig.responseModalities", R"(["TEXT"])"});
    }
    if (coin()) request.extras.push_back({"safetySettings", "[{\"threshold\":\"BLOCK_NONE\"}]"});
    if (coin()) request.extras.push_back({"cachedContent", "\"cachedContents/x\""});
    return request;
  });
}

/// `whole`: with what a stream has no events for.
inline rc::Gen<chat::Answer> any_gemini_answer(bool whole) {
  return rc::gen::exec([whole] {
    chat::Answer answer;
    answer.origin = chat::Dialect::gemini;
    answer.id = *chat::any_id();
    answer.model = *chat::any_id();
    const int candidates = *rc::gen::inRange(1, 4);
    for (int i = 0; i < candidates; ++i) {
      chat::Candidate& candidate = answer.candidates.emplace_back();
      candidate.parts = any_model_parts(whole);
      bool calls = false;
      bool text = false;
      for (const chat::Part& part : candidate.parts) {
        calls = calls || part.as<chat::ToolCall>();
        text = text || part.as<chat::Text>();
      }
      using chat::StopReason;
      const auto [native, reason] =
          *rc::gen::elementOf(std::vector<std::pair<std::string, StopReason>>{
              {"STOP", calls ? StopReason::tool_calls : StopReason::stop},
              {"MAX_TOKENS", StopReason::length},
              {"SAFETY", StopReason::content_filter},
              {"RECITATION", StopReason::content_filter},
              {"CONTINUATION", StopReason::pause},
              {"UNEXPECTED_TOOL_CALL", StopReason::malformed},
              {"OTHER", StopReason::other}});
      candidate.stop = reason;
      candidate.stop_native = native;
      if (text && coin()) {
        candidate.logprobs = R"([{"token":"a\"","logprob":-0.10,"bytes":null,"top_logprobs":[)"
                             R"({"token":"b","logprob":-1e-5,"bytes":null}]}])";
      }
      if (whole && coin()) candidate.extras.push_back({"citationMetadata", R"({"citations":[]})"});
    }
    if (coin()) {
      answer.usage = *chat::any_usage();
      answer.usage->cache_write = 0;
      answer.usage->input_audio = 0;
      answer.usage->output_audio = 0;
    }
    if (whole && coin()) answer.extras.push_back({"createTime", "\"2026-11-20T10:00:00Z\""});
    return answer;
  });
}

}  // namespace headgate::llm::gemini
