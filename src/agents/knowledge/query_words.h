// A person's question as an expression of FTS5: its words, any of which may be there. Nothing in it
// is an operator, however it is written. Pure.
#pragma once

#include <string>
#include <string_view>

namespace headgate::agents::knowledge {

inline constexpr std::size_t kQueryWordsMax = 64;  // different ones; the rest is left out

/// Empty: there is no word in it.
std::string match_expression(std::string_view query);

}  // namespace headgate::agents::knowledge
