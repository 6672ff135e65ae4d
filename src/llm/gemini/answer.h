// Gemini's whole answer, read into the neutral one and written from it. A prompt that was blocked
// is a candidate that was filtered; calls without an id get one made up from the answer's. Pure.
#pragma once

#include <string>
#include <string_view>

#include "llm/chat/answer.h"
#include "llm/chat/codec.h"

namespace headgate::llm::gemini {

/// Errors: upstream_malformed; upstream_status, when the body is an error after all (its status and
/// message are in the detail).
base::Result<chat::Answer> decode_answer(std::string_view body, const chat::Limits& limits);

/// A call whose arguments are no JSON object is none that a client could run: the candidate then
/// ends with MALFORMED_FUNCTION_CALL and says the call in its finishMessage.
std::string encode_answer(const chat::Answer& answer, const chat::AnswerContext& context);

/// "Malformed function call: name(arguments)".
std::string malformed_call(const chat::ToolCall& call);

}  // namespace headgate::llm::gemini
