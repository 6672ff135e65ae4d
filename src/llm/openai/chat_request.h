// OpenAI's chat completion request, read by one scan: what routing, budgets and traces need, each
// with its place in the body, so that an edit replaces those bytes and leaves every other byte as
// it came. Unknown members pass untouched. Pure; views point into the body.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "llm/chat/codec.h"

namespace headgate::llm::openai {

/// Checks what the gateway relies on and nothing else; the provider judges the rest. Members that
/// policy reads may not appear twice: two parsers could disagree on which one counts. `user` is
/// safety_identifier, else user; the output cap max_completion_tokens, else max_tokens. Errors:
/// invalid_json, invalid_request (with param), worded as the provider words them.
base::Result<chat::Head> scan_chat_request(std::string_view body, const chat::Limits& limits = {});

/// The body with the edits spliced in; nothing when the body already says all of it. Every byte
/// outside the edited values is the caller's. REQUIRES: `head` was scanned from this very `body`.
std::optional<std::string> edit_chat_request(std::string_view body, const chat::Head& head,
                                             const chat::Edits& edits);

}  // namespace headgate::llm::openai
