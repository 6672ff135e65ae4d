// A model's whole answer in no provider's dialect: what answer decoders make, encoders write, and
// the assembler puts together from a stream; and what a provider says when it has none. Plain
// values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/usage.h"
#include "llm/chat/part.h"

namespace headgate::llm::chat {

/// Why a candidate ended. No provider's word passes unmapped: what has no place here is `other`.
enum class StopReason : std::uint8_t {
  none,           // not said (yet)
  stop,           // natural end
  length,         // the caller's limit
  context,        // the model's context is full
  tool_calls,     // it wants tools called
  stop_sequence,  // one of the caller's stop sequences
  content_filter,
  refusal,
  pause,      // a long turn that the caller shall continue (Anthropic's pause_turn)
  malformed,  // the model wrote a call or an answer that cannot be read (Gemini)
  other,
};
std::string_view name(StopReason reason);

struct Candidate {
  std::vector<Part> parts;
  StopReason stop = StopReason::none;
  std::string stop_native;    // the provider's own word, for traces and its own dialect
  std::string stop_sequence;  // the one that was met, where the dialect says
  std::string logprobs;       // JSON as written in OpenAI chat's form; empty: none
  Extras extras;
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

struct Answer {
  Dialect origin = Dialect::openai_chat;
  std::string id;
  std::string model;  // that really answered
  std::int64_t created_s = 0;
  std::vector<Candidate> candidates;
  std::optional<base::Usage> usage;  // nothing: the provider did not say
  Extras extras;
  friend bool operator==(const Answer&, const Answer&) = default;
};

/// What a provider says in an error body or event; absent members are empty.
struct ProviderError {
  std::string message;
  std::string type;
  std::string code;
  std::string param;
  int status = 0;                              // where the body or the type says one; 0: not said
  std::optional<std::int64_t> retry_after_ms;  // where the body says when to come again (Gemini)
  friend bool operator==(const ProviderError&, const ProviderError&) = default;
};

}  // namespace headgate::llm::chat
