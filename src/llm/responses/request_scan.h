// A Responses request read by one scan: what routing, budgets, the store and traces need, each with
// its place in the body, so that an edit replaces those bytes and leaves every other byte as it
// came. Serves POST /v1/responses and POST /v1/responses/input_tokens. Pure; views point into the
// body.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "llm/chat/codec.h"

namespace headgate::llm::responses {

/// Checks what the gateway relies on and nothing else; the provider judges the rest. Members that
/// policy reads may not appear twice. `prompt` is the input as written, a string or an array,
/// empty where there is none; a string counts as one message. `user` is safety_identifier, else
/// user. Errors: invalid_json, invalid_request (with param).
base::Result<chat::Head> scan_request(std::string_view body, const chat::Limits& limits = {});

/// The body with the model replaced and a prompt_cache_key added where the caller has none; nothing
/// when the body says it already. Marks need no edit: OpenAI caches prompts unasked.
/// REQUIRES: `head` was scanned from this very `body`.
std::optional<std::string> edit_request(std::string_view body, const chat::Head& head,
                                        const chat::Edits& edits);

/// The body of a follow-up without its previous_response_id, the items of `items_json` (an array,
/// or empty) before its own input; a string input becomes a message.
/// REQUIRES: `head` was scanned from this very `body`.
std::string replace_previous(std::string_view body, const chat::Head& head,
                             std::string_view items_json);

/// The answer to POST /v1/responses/input_tokens.
std::string input_tokens_body(std::int64_t tokens);

}  // namespace headgate::llm::responses
