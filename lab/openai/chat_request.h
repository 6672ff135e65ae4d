// A chat completion request after the checks a real provider makes: the first thing wrong with it
// comes back as that provider's error. Written apart from src/llm on purpose: the lab must not
// share the gateway's mistakes. Pure; values own their text.
#pragma once

#include <boost/system/result.hpp>

#include <string_view>

#include "lab/neutral/prompt.h"
#include "lab/openai/api_error.h"

namespace headgate::lab::openai {

struct ChatRequest {
  Prompt prompt;
  bool include_usage = false;
  bool include_obfuscation = true;
};

using ChatRequestResult = boost::system::result<ChatRequest, ApiError>;

/// Bytes to request. Whether the model exists is the caller's to check.
ChatRequestResult read_chat_request(std::string_view body);

}  // namespace headgate::lab::openai
