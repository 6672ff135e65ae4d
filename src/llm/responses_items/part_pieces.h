// A part of the neutral model as what is known when it begins and what follows in pieces, the way
// streams send it. Pure.
#pragma once

#include <string>

#include "llm/chat/event.h"

namespace headgate::llm::responses {

/// What follows in pieces: text, arguments, base64. Null: the part has none.
const std::string* text_of(const chat::Part& part);
/// The kind of those pieces.
chat::Delta::Kind kind_of(const chat::Part& part);

/// The part without what follows in pieces.
chat::Part seed_of(chat::Part part);

/// The signature that follows `seed`, in the terms of the seed's own; empty: none.
std::string signature_of(const chat::Part& part, const chat::Part& seed);

}  // namespace headgate::llm::responses
