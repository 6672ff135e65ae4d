// Gemini's errors: {"error":{"code":429,"message":…,"status":"RESOURCE_EXHAUSTED","details":[…]}},
// written from the table of base/errc.h or from another provider's error, and read. Official
// clients throw on an error within a stream only where `code` is a number from 400 to 599, so it
// always is. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json/cursor.h"
#include "base/result.h"
#include "llm/chat/answer.h"

namespace headgate::llm::gemini {

struct ErrorKind {
  int code;                 // HTTP status and error.code
  std::string_view status;  // google.rpc.Code by name
};
/// Total: every code has one.
ErrorKind error_kind(base::Errc code);

/// The request id and the code's name stand in `details`, as google.rpc has them.
std::string error_body(const base::Error& error, std::string_view request_id);
/// What a provider of any dialect said, in this one.
std::string error_body(const chat::ProviderError& error);

/// Nothing where the body has no error (an HTML page, say). An array with one is as good: that is
/// how streamGenerateContent without alt=sse says it.
std::optional<chat::ProviderError> read_error_body(std::string_view body);
/// Reads the value of an `error` member that is next. False only when the JSON is broken.
bool read_error(base::json::Cursor& cursor, std::optional<chat::ProviderError>& error);

/// "34s", "0.25s" in milliseconds, rounded up; nothing where it is no duration.
std::optional<std::int64_t> duration_ms(std::string_view text);

}  // namespace headgate::llm::gemini
