// A request of any dialect as a Messages request that the provider accepts: turns in its order
// (turns.h), max_tokens always there, sampling left out where the API version has none. What cannot
// be said is a loss, in the words of the dialect the request came in. Schemas, arguments and
// numbers pass as they were written. Pure.
#pragma once

#include <string>

#include "llm/chat/codec.h"
#include "llm/chat/request.h"

namespace headgate::llm::anthropic {

std::string encode_request(const chat::Request& request, const chat::Target& target,
                           chat::Losses& losses);

/// For POST /v1/messages/count_tokens: what counts as input, and nothing else.
std::string encode_count_request(const chat::Request& request, const chat::Target& target,
                                 chat::Losses& losses);

}  // namespace headgate::llm::anthropic
