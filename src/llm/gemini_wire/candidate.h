// What a candidate of a Gemini answer says beside its content: why it ended, and how likely its
// tokens were, in the neutral model's words and back. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/json/writer.h"
#include "llm/chat/answer.h"
#include "llm/gemini_wire/reading.h"

namespace headgate::llm::gemini {

/// What a finishReason means; Gemini has no word of its own for a stop that asks for tools.
chat::StopReason stop_of(std::string_view native, bool has_calls);
/// Whether a finishReason says that the candidate has ended.
bool is_final(std::string_view native);
/// The finishReason to write: `native` if it is Gemini's and means `reason`.
std::string_view finish_reason(chat::StopReason reason, std::string_view native);

/// Reads a logprobsResult that is next into OpenAI's array; "" when there is nothing in it.
bool read_logprobs(Reading& reading, std::string& out);
/// Writes OpenAI's array as a logprobsResult; nothing where it is none.
void write_logprobs(base::json::Writer& out, std::string_view logprobs);

}  // namespace headgate::llm::gemini
