// Errors as the Responses API and its clients know them: bodies, the code of a failed response, and
// what a provider's error says. Statuses, types and codes are those of base/errc.h, which is
// OpenAI's own table. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json/cursor.h"
#include "base/result.h"
#include "llm/chat/answer.h"

namespace headgate::llm::responses {

/// What a client sees of an error.
struct ErrorForm {
  int status;             // HTTP
  std::string_view type;  // error.type
  std::string_view code;  // error.code; empty: null
  bool retryable;         // x-should-retry
};
ErrorForm form_of(base::Errc code);

/// {"error":{"message","type","param","code"}}. The request id travels in a header alone.
std::string error_body(const base::Error& error, std::string_view request_id);

/// The error of a body: {"error":{…}}, {"error":"…"}, or the members themselves as some servers
/// send them. Nothing where the body says none (an HTML page).
std::optional<chat::ProviderError> read_error_body(std::string_view body);

/// Reads an error that is next at `cursor`: an object, or a bare string.
bool read_error(base::json::Cursor& cursor, chat::ProviderError& error);

/// The same words for an error of ours: what `failed` and `error` events say.
chat::ProviderError provider_error(const base::Error& error);

/// error.code of a response that failed: the SDK's type lists them, anything else is a
/// "server_error".
std::string_view failed_code(const chat::ProviderError& error);

}  // namespace headgate::llm::responses
