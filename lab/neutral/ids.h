// Ids as providers make them: letters and digits, drawn or derived. Derived ones let a renderer
// have as many as it needs, the same in a body and in a stream. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"

namespace headgate::lab {

/// `count` characters of [A-Za-z0-9].
std::string random_text(base::Random& random, std::size_t count);
/// The same from `of` and `purpose`: equal inputs give equal ids.
std::string derived_text(std::string_view of, std::string_view purpose, std::size_t count);

}  // namespace headgate::lab
