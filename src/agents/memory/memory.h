// What a run remembers of the one before it in its session: messages of users and answers of
// agents, as many as fit, and a summary of what was before them. Tools' results are no part of it:
// what an agent made of them is. Messages are JSON texts in OpenAI's form. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agents/journal/state.h"
#include "agents/memory/config.h"

namespace headgate::agents {

struct Memory {
  std::vector<std::string> kept;  // begins with a user's message
  std::vector<std::string> over;  // older, and no longer fits
};

/// `last`: a finished run of the session.
Memory remember(const RunState& last, const MemoryConfig& config);

/// The request for a summary of `over`. REQUIRES: config.summary_model.
std::string summary_request(const MemoryConfig& config, const std::vector<std::string>& over);
/// Two messages that put a summary in front of a conversation: a question, and it as the answer, so
/// that nobody takes it for the user's own words.
std::vector<std::string> summary_messages(std::string_view summary);

}  // namespace headgate::agents
