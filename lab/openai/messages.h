// The `messages` of a chat completion request, with the rules that tie them together: tool results
// answer the calls right before them, and every call is answered. Pure functions over parsed JSON.
#pragma once

#include <boost/json/value.hpp>

#include "lab/neutral/prompt.h"
#include "lab/openai/parameters.h"

namespace headgate::lab::openai {

/// Adds the messages and their tokens to `out`, or says what is wrong first.
Problem read_messages(const boost::json::value& messages, Prompt& out);

}  // namespace headgate::lab::openai
