// How a caller of each dialect calls what an encoder of another one cannot say, so that a loss
// names the field that the caller wrote; and which unknown members are losses at all. For encoders.
// Pure. Places in a conversation are as near as the neutral model knows them: a decoder may have
// joined or split messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "llm/chat/codec.h"

namespace headgate::llm::chat {

enum class Field : std::uint8_t {
  temperature,
  top_p,
  top_k,
  presence_penalty,
  frequency_penalty,
  seed,
  candidates,
  logprobs,
  stop,
  format,
  reasoning,
  service_tier,
  metadata,
  tool_choice,
};

/// "n" for OpenAI, "generationConfig.candidateCount" for Gemini.
std::string_view name(Field field, Dialect origin);

/// How many messages at the start are instructions, which most dialects have apart from the rest.
std::size_t leading_instructions(const Request& request);
/// "messages[2]", "input[2]", "contents[2]", or where the origin has its instructions.
std::string message_name(const Request& request, std::size_t message);
/// "messages[2].content[0]", "contents[2].parts[0]".
std::string part_name(const Request& request, std::size_t message, std::size_t part);

/// An unknown member that says nothing (null, empty) is no loss.
bool says_nothing(const Extra& extra);
/// Whether an answer could be another one without it.
Loss::Weight weight_of(const Extra& extra);

}  // namespace headgate::llm::chat
