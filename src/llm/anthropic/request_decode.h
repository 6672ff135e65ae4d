// A Messages request in the neutral model, for calls that go to another dialect or whose content
// policy changes. Refuses what the provider itself would refuse under the caller's API version
// (2026-10-21: sampling parameters, citations in user text, documents in assistant messages), in
// its words. Unknown members become extras, unknown blocks opaque parts. Pure.
#pragma once

#include <string_view>

#include "base/result.h"
#include "llm/chat/codec.h"

namespace headgate::llm::anthropic {

/// Errors: invalid_json; invalid_request with a param like "messages[2].content[0].text".
base::Result<chat::Request> decode_request(std::string_view body, const chat::Source& source,
                                           const chat::Limits& limits = {});

/// The body of POST /v1/messages/count_tokens: the same, but no max_tokens is needed.
base::Result<chat::Request> decode_count_request(std::string_view body, const chat::Source& source,
                                                 const chat::Limits& limits = {});

}  // namespace headgate::llm::anthropic
