// UTF-8: characters one by one, and where a format demands it: what is not UTF-8 becomes U+FFFD,
// and texts are cut between characters. Pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace headgate::base {

struct DecodedCharacter {
  char32_t code = 0;
  std::size_t bytes = 0;  // 0: not UTF-8
};
/// Of the character that `text` begins with. REQUIRES: text is not empty.
DecodedCharacter decode_utf8(std::string_view text);
/// Returns how many bytes of `out` it used.
std::size_t encode_utf8(char32_t code, std::array<char, 4>& out);

/// Of text that is UTF-8.
std::size_t utf8_characters(std::string_view text);

bool is_utf8(std::string_view text);

/// `text` with U+FFFD for every byte that belongs to no character.
std::string valid_utf8(std::string_view text);

/// The longest prefix of at most `bytes_max` bytes that cuts no character.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max);

}  // namespace headgate::base
