// A neutral request as Gemini takes it. The model and whether the answer is streamed go into the
// URL, not here. What Gemini has no word for is in the losses: named in the words of the dialect
// that the request came in. The README says what becomes of system messages in the middle, results
// of tools, schemas, signatures and effort. Pure.
#pragma once

#include <string>

#include "llm/chat/codec.h"

namespace headgate::llm::gemini {

std::string encode_request(const chat::Request& request, const chat::Target& target,
                           chat::Losses& losses);

}  // namespace headgate::llm::gemini
