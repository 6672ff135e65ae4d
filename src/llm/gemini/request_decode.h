// A Gemini request as a neutral one. Contents become messages: what functions returned becomes a
// message of the role tool of its own, before whatever else the same turn says; neighbours of the
// model are one turn, without texts that are empty. Calls without an id get one made up from their
// order, and what functions returned without an id is matched to them by name. Pure.
#pragma once

#include <string_view>

#include "llm/chat/codec.h"

namespace headgate::llm::gemini {

/// Errors: invalid_json, invalid_request (with param, as "contents[2].parts[0].text").
base::Result<chat::Request> decode_request(std::string_view body, const chat::Source& source,
                                           const chat::Limits& limits);

}  // namespace headgate::llm::gemini
