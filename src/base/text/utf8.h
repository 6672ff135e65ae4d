// UTF-8 where a format demands it: what is not UTF-8 becomes U+FFFD, and texts are cut between
// characters. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace headgate::base {

bool is_utf8(std::string_view text);

/// `text` with U+FFFD for every byte that belongs to no character.
std::string valid_utf8(std::string_view text);

/// The longest prefix of at most `bytes_max` bytes that cuts no character.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max);

}  // namespace headgate::base
