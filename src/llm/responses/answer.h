// A whole answer of the Responses API: decoding what a provider sent, writing what a client of ours
// gets. The output's items are the parts of the one candidate. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "llm/chat/answer.h"
#include "llm/chat/codec.h"

namespace headgate::llm::responses {

/// Members that repeat the request are left out: whoever writes the answer has it. Errors:
/// upstream_malformed; upstream_status, when the response failed or the body is an error.
base::Result<chat::Answer> decode_answer(std::string_view body, const chat::Limits& limits = {});

/// The Response object, with the members that the SDK's types require; what it repeats of the
/// request comes from `context`. Only the first candidate has a place in it.
std::string encode_answer(const chat::Answer& answer, const chat::AnswerContext& context);

/// The same for the store: signatures of other providers stay in it, asked for or not.
std::string encode_stored_answer(const chat::Answer& answer, const chat::AnswerContext& context);

}  // namespace headgate::llm::responses
