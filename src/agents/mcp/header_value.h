// Values of MCP's headers: as they are where a header can hold them, else as
// "=?base64?…?=". Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace headgate::agents::mcp {

/// What stands in a header for `text`.
std::string to_header_value(std::string_view text);

/// What a header's value says; nothing when its Base64 is none, not padded, or no UTF-8, or when
/// it holds what a header may not.
std::optional<std::string> from_header_value(std::string_view value);

/// Whether `text` is a token of RFC 9110, such as names of headers are.
bool is_token(std::string_view text);

}  // namespace headgate::agents::mcp
