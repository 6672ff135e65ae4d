// Whether a text says a value in so many words: the whole of an account number, not a piece of a
// longer one. In doubt it does not, nor of a value longer than kVerbatimBytesMax. Pure; total over
// any bytes.
#pragma once

#include <string_view>

#include "agents/rules/decimal.h"

namespace headgate::agents {

inline constexpr std::size_t kVerbatimBytesMax = 4096;

/// `value` stands in `text`, and is not part of a longer word, number, name or address there.
/// REQUIRES: value is not empty.
bool says_text(std::string_view text, std::string_view value);

/// A number in `text`, by itself, is `value`: 12.50 says 12.5; ORD-12 and 12,000 do not say 12.
bool says_number(std::string_view text, const rules::Decimal& value);

}  // namespace headgate::agents
