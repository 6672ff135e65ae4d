// Character references of HTML ("&amp;", "&#8364;") as the characters they stand for: the names of
// HTML 4 and all numbers. One without its semicolon, or with a name that is none, stays as it is.
// Pure.
#pragma once

#include <string>
#include <string_view>

namespace headgate::agents::knowledge {

/// REQUIRES: `text` is UTF-8; so is what comes out.
void append_decoded(std::string& out, std::string_view text);

}  // namespace headgate::agents::knowledge
