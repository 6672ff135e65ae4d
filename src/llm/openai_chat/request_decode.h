// Reads a whole chat completion request into the neutral model, for calls that cross to another
// dialect. What has no word there stays as extras and opaque parts, nested members under their full
// name ("stream_options.include_obfuscation"). Pure.
#pragma once

#include <string_view>

#include "base/result.h"
#include "llm/chat/codec.h"

namespace headgate::llm::openai_chat {

/// Takes the newest words and the ones they replaced (functions, function_call, max_tokens, user).
/// Tool messages that follow one another become one message; a call without an id gets one, and so
/// does its result. Errors: invalid_json; invalid_request, with param, worded as OpenAI words them.
base::Result<chat::Request> decode_request(std::string_view body, const chat::Source& source,
                                           const chat::Limits& limits);

}  // namespace headgate::llm::openai_chat
