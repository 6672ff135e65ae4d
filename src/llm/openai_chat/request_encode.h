// Writes a request of the neutral model as a chat completion request, for OpenAI and for the many
// servers that speak its dialect. What the dialect cannot say is in the losses, never silent. Pure.
#pragma once

#include <string>

#include "llm/chat/codec.h"

namespace headgate::llm::openai_chat {

/// A request that came from this dialect is written as its caller meant it, extras included; of one
/// from elsewhere only what chat completions document. Pictures in tool results, which have no
/// place there, follow in a user message. A hint is lost where the answer means the same without
/// (cache marks, ids, tiers, thoughts of earlier turns), a meaning where it would not.
std::string encode_request(const chat::Request& request, const chat::Target& target,
                           chat::Losses& losses);

}  // namespace headgate::llm::openai_chat
