// OpenAI's chat completion answer (not streamed) and its error body, read by one scan: usage for
// the bill, the rest for the trace. Views point into the body. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/cursor.h"
#include "base/result.h"
#include "base/usage.h"
#include "llm/chat/answer.h"

namespace headgate::llm::openai {

using ProviderError = chat::ProviderError;

struct ChatResponse {
  std::string id;
  std::string model;                        // the model that really answered
  std::optional<base::Usage> usage;         // nothing: the provider did not say
  std::vector<std::string> finish_reasons;  // one a choice, in order; empty where null
  base::json::Text content;                 // of the first choice; decode() when wanted
  base::json::Text refusal;                 // likewise
  base::json::Text reasoning;               // likewise, where the server tells it
  std::string_view tool_calls;              // of the first choice: the array as written, or empty
  std::optional<ProviderError> error;       // a 200 can carry one
};

/// Errors: upstream_malformed, when the body is not a JSON object or a member has an impossible
/// type.
base::Result<ChatResponse> scan_chat_response(std::string_view body, std::size_t depth_max = 128);

/// The error in the body of a status ≥ 400; nothing when the body has none (an HTML page, say).
std::optional<ProviderError> scan_error_body(std::string_view body);

/// The HTTP status that an error's type or code stands for at OpenAI; 0: none that is known.
int status_of_error(std::string_view word);
/// Reads an error that is next at `cursor`: an object, or a bare string as some servers send. Its
/// status is the code where that is a number, else what the type or the code stands for at OpenAI.
bool read_error(base::json::Cursor& cursor, std::optional<ProviderError>& error);

}  // namespace headgate::llm::openai
