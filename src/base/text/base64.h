// Base64 (RFC 4648): bytes to text, and back. The way back takes both alphabets, with or without
// padding and line ends, since senders differ.
// Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace headgate::base {

/// With padding, without line ends.
std::string base64(std::string_view bytes);

/// Nothing when `text` has other characters, or ends in the middle of a byte.
std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace headgate::base
