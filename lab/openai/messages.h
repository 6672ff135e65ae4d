// The `messages` of a chat completion request, with the rules that tie them together: tool results
// answer the calls right before them, and every call is answered. Pure functions over parsed JSON.
#pragma once

#include <boost/json/value.hpp>

#include <vector>

#include "lab/openai/chat_request.h"
#include "lab/openai/parameters.h"

namespace headgate::lab {

/// Fills `out`, or says what is wrong first.
Problem read_messages(const boost::json::value& messages, std::vector<ChatMessage>& out);

}  // namespace headgate::lab
