// The lab's tokenizer: an approximation that is the same everywhere, so usage adds up and repeats.
// It is near OpenAI's counts for European text (about four characters a token) and not meant to be
// exact. Rules: a letter run is cut every 6 characters, a digit run every 3; anything else is one
// token a character; one blank before a piece belongs to it. Pure functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace headgate::lab {

/// The pieces of `text`; joined they are `text` again, and no UTF-8 sequence is cut.
std::vector<std::string_view> tokenize(std::string_view text);
std::int64_t count_tokens(std::string_view text);

}  // namespace headgate::lab
