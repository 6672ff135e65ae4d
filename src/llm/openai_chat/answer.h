// A whole chat completion, not streamed: read from a provider and written to a client. Pure
// functions; what they return owns its memory.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "llm/chat/codec.h"

namespace headgate::llm::openai_chat {

/// Errors: upstream_malformed; upstream_status for an error object inside a 200. Members without a
/// word are extras, those of a message as "message.…". Calls without an id get one.
base::Result<chat::Answer> decode_answer(std::string_view body, const chat::Limits& limits);

/// Texts are joined into one content, thoughts into `reasoning_content`; pictures go into `images`,
/// as OpenRouter has it. finish_reason is always one of OpenAI's words.
std::string encode_answer(const chat::Answer& answer, const chat::AnswerContext& context);

}  // namespace headgate::llm::openai_chat
