// What a trace shows of an answer: its text, then its tool calls as OpenAI's JSON array, whatever
// dialect it came in; and apart from that what the model thought before. Signatures are not shown.
// Pure; safe from any thread.
#pragma once

#include <string>

#include "llm/chat/answer.h"

namespace headgate::llm::chat {

std::string trace_text(const Candidate& candidate);

/// The thoughts (or summaries of them) that the provider has told, a blank line between two. Those
/// that it sends sealed are not told.
std::string reasoning_text(const Candidate& candidate);

}  // namespace headgate::llm::chat
