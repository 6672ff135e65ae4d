// A filter's text as tokens, each with its place, so that errors can point. Words hold letters,
// digits and what values need (`gpt-4o`, `2026-11-24T10:15`, `$0.01`, `2s`); anything else is
// quoted. Pure; total over any bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace headgate::storage::query {

enum class TokenKind : std::uint8_t { word, quoted, op, open, close, comma, end };

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;    // of a quoted one: what it stands for
  std::size_t at = 0;  // offset of its first byte
};

/// An error at a place of the text: two lines that show it follow the sentence.
base::Error error_at(std::string_view text, std::size_t at, std::string_view what);

/// Ends with a token `end`.
base::Result<std::vector<Token>> tokens_of(std::string_view text);

}  // namespace headgate::storage::query
