// Random answers for property tests: of this folder, and of dialects, which take what they can
// express. Texts come from a table of awkward ones (quotes, escapes, several bytes a character).
// For tests alone.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "llm/chat/answer.h"

namespace headgate::llm::chat {

inline rc::Gen<std::string> any_word() {
  return rc::gen::elementOf(std::vector<std::string>{
      "a", "Hello, world", "\"quoted\" \\ back/slash", "line\nbreak\ttab\r", "caf\xC3\xA9",
      "\xF0\x9F\x98\x80 \xE2\x82\xAC", "</script>", "{\"x\":1}", " ", "\x01\x1F\x7F", "null",
      "data: [DONE]"});
}

/// Two or three words: never empty.
inline rc::Gen<std::string> any_text() {
  return rc::gen::apply([](const std::string& a, const std::string& b) { return a + b; },
                        any_word(), any_word());
}

/// A token of letters and digits, as ids and names are.
inline rc::Gen<std::string> any_id() {
  return rc::gen::nonEmpty(
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("abcXYZ019_-"))));
}

inline rc::Gen<std::string> any_json_object() {
  return rc::gen::elementOf(std::vector<std::string>{
      "{}", R"({"city":"K\u00f6ln","n":1.50})", R"({ "a" : [1, 2, {"b":null}] })",
      R"({"big":123456789012345678901234567890})", R"({"text":"}{\"]["})"});
}

inline rc::Gen<base::Usage> any_usage() {
  return rc::gen::exec([] {
    const auto tokens = rc::gen::inRange<std::int64_t>(0, 1'000);
    base::Usage usage;
    usage.cached = *tokens;
    usage.cache_write = *tokens;
    usage.input_audio = *tokens;
    usage.input = usage.cached + usage.cache_write + usage.input_audio + *tokens;
    usage.reasoning = *tokens;
    usage.output_audio = *tokens;
    usage.output = usage.reasoning + usage.output_audio + *tokens;
    return usage;
  });
}

/// Which parts an answer may have.
struct AnswerTraits {
  Dialect origin = Dialect::openai_chat;
  bool any_order = true;  // else reasoning, text, refusal, calls: one each of the first three
  bool opaque = true;
  bool media = true;
  Dialect call_signature = Dialect::gemini;
  std::vector<StopReason> stops{StopReason::stop, StopReason::length, StopReason::content_filter};
};

inline ToolCall any_call(const AnswerTraits& traits, std::size_t number) {
  ToolCall call;
  call.id = "call_" + std::to_string(number) + *any_id();
  call.name = *any_id();
  call.custom = *rc::gen::arbitrary<bool>();
  call.arguments = call.custom ? *any_text() : *any_json_object();
  call.signature.origin = traits.call_signature;
  if (*rc::gen::arbitrary<bool>()) call.signature.value = *any_id();
  return call;
}

inline Reasoning any_reasoning() {
  Reasoning reasoning;
  reasoning.text = *any_text();
  reasoning.is_summary = *rc::gen::arbitrary<bool>();
  reasoning.id = *any_id();
  reasoning.signature = {Dialect::anthropic, *any_id()};
  return reasoning;
}

inline Part any_part(const AnswerTraits& traits, std::size_t number) {
  switch (*rc::gen::inRange(0, 7)) {
    case 0: return Part{Refusal{*any_text()}, {}, {}};
    case 1: return Part{any_reasoning(), {}, {}};
    case 2:
    case 3: return Part{any_call(traits, number), {}, {}};
    case 4:
      if (traits.media) return Part{Media{MediaKind::image, "image/png", "QUJD"}, {}, {}};
      break;
    case 5:
      if (traits.opaque) return Part{Opaque{traits.origin, "odd", "{\"type\":\"odd\"}"}, {}, {}};
      break;
    default: break;
  }
  Part part = text_part(*any_text());
  if (*rc::gen::arbitrary<bool>()) {
    part.as<Text>()->annotations = R"([{"type":"url_citation","url_citation":{"url":"u"}}])";
  }
  return part;
}

inline Candidate any_candidate(const AnswerTraits& traits) {
  Candidate candidate;
  const auto parts = static_cast<std::size_t>(*rc::gen::inRange(0, 5));
  bool text = false;
  for (std::size_t i = 0; i < parts; ++i) {
    candidate.parts.push_back(any_part(traits, i));
    text = text || candidate.parts.back().as<Text>() || candidate.parts.back().as<Refusal>();
  }
  candidate.stop = *rc::gen::elementOf(traits.stops);
  candidate.stop_native = *any_id();
  if (*rc::gen::arbitrary<bool>()) candidate.stop_sequence = *any_text();
  if (text) candidate.logprobs = R"([{"token":"a","logprob":-0.10,"bytes":[97]}])";
  return candidate;
}

inline rc::Gen<Answer> any_answer(const AnswerTraits& traits = {}) {
  return rc::gen::exec([traits] {
    Answer answer;
    answer.origin = traits.origin;
    answer.id = *any_id();
    answer.model = *any_id();
    answer.created_s = *rc::gen::inRange<std::int64_t>(0, 2'000'000'000);
    const int candidates = *rc::gen::inRange(1, 4);
    for (int i = 0; i < candidates; ++i) answer.candidates.push_back(any_candidate(traits));
    if (*rc::gen::arbitrary<bool>()) answer.usage = *any_usage();
    return answer;
  });
}

}  // namespace headgate::llm::chat
