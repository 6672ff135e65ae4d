// What items of the Responses API carry for somebody else. `encrypted_content` is opaque to clients
// and comes back with the next turn, so another provider's signature travels in it under a marked
// envelope that no OpenAI server would take for its own; a call's signature of Gemini's stands
// where Google's own OpenAI surface puts it; citations in the form of OpenAI chat are rewritten.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "llm/chat/part.h"

namespace headgate::llm::responses {

/// The value of encrypted_content for `reasoning`: OpenAI's own as it is, any other in an envelope.
/// REQUIRES: its signature is not empty.
std::string pack_signature(const chat::Reasoning& reasoning);

/// The reverse: sets signature, and redacted where the envelope says so.
void unpack_signature(std::string_view encrypted_content, chat::Reasoning& reasoning);

/// `{"google":{"thought_signature":"…"}}` of a call's extra_content; false when it is anything
/// else.
bool read_call_signature(std::string_view extra_content, chat::Signature& signature);
std::string call_signature_json(const chat::Signature& signature);

/// Of a JSON array of annotations, or a single one, those that the Responses API knows, comma by
/// comma without brackets; url_citations of OpenAI chat are flattened. Another provider's citations
/// are left out: the official clients refuse an answer with an annotation they do not know.
std::string known_annotations(std::string_view json);

}  // namespace headgate::llm::responses
