// What the lab checks of images and documents in a request: that base64 is base64, and that the
// bytes are what they are said to be. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace headgate::lab {

/// Tokens of an image or document, whatever its size.
inline constexpr int kMediaTokens = 85;

/// Standard alphabet, padded, not empty.
bool is_base64(std::string_view text);
/// As protocol buffers read it: either alphabet, padded or not.
bool is_lax_base64(std::string_view text);
/// The media type that the first bytes tell: PNG, JPEG, GIF, WebP or PDF; empty for another.
std::string_view sniffed_type(std::string_view base64);

}  // namespace headgate::lab
