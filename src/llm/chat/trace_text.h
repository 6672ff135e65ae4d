// What a trace shows of an answer: its text, then its tool calls as OpenAI's JSON array, whatever
// dialect it came in. Thoughts are not shown: they may be signed, and are not for keeping. Pure;
// safe from any thread.
#pragma once

#include <string>

#include "llm/chat/answer.h"

namespace headgate::llm::chat {

std::string trace_text(const Candidate& candidate);

}  // namespace headgate::llm::chat
