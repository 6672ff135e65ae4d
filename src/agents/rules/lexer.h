// The text of a rule as tokens, each with its place. Words are letters, digits, '_', '-' and dots
// between them; texts stand in quotes, so that a value never looks like a path. Pure; total over
// any bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace headgate::agents::rules {

struct Token {
  enum class Kind : std::uint8_t { word, number, text, op, open, close, begin, finish, comma, end };
  Kind kind = Kind::end;
  std::string text;    // of a quoted one: what it stands for
  std::size_t at = 0;  // offset of its first byte
};

/// Ends with a token `end`. Errors: config_invalid, with the place as mistake() says it.
base::Result<std::vector<Token>> tokens_of(std::string_view text);

/// A mistake at a place of a rule's text: "1:17: …", lines and columns from 1.
base::Error mistake(std::string_view text, std::size_t at, std::string_view what);

/// The offset that a mistake() was made with, of its text.
struct Spot {
  int line = 1;
  int column = 1;
};
Spot spot_of(std::string_view text, std::size_t at);

}  // namespace headgate::agents::rules
