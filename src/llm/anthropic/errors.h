// Errors as Anthropic writes them: {"type":"error","error":{"type","message"},"request_id"}, as a
// body and inside a stream, with the statuses that go with the types (529 is "overloaded"). From
// our table (base/errc.h) to those words, and from a provider's body to values. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json/cursor.h"
#include "base/result.h"
#include "llm/chat/answer.h"

namespace headgate::llm::anthropic {

struct ErrorRow {
  int status = 500;
  std::string_view type;
};

/// What a client of this dialect sees of an error of ours.
ErrorRow error_row(base::Errc code);
inline int error_status(base::Errc code) { return error_row(code).status; }
/// The status that goes with an error type; 0: no such type.
int status_of(std::string_view type);
/// The dialect's type for what any provider said: its own word where it is one, else by status.
std::string_view type_of(const chat::ProviderError& error);

/// `request_id` may be empty: null.
std::string error_body(const base::Error& error, std::string_view request_id);
std::string error_body(const chat::ProviderError& error, std::string_view request_id);

/// The error in a body with a status ≥ 400, or in a 200; nothing when there is none in it. Also
/// takes {"message": …}, as cloud platforms in front of the provider send it.
std::optional<chat::ProviderError> read_error_body(std::string_view body);
/// Reads the value of an "error" member that is next at `cursor`. False: the cursor failed.
bool read_error(base::json::Cursor& cursor, chat::ProviderError& error);

}  // namespace headgate::llm::anthropic
