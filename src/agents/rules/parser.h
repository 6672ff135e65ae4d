// The text of a rule to an expression. Bounded in length and depth; whatever is wrong is said with
// its line and column. Pure; total over any bytes.
#pragma once

#include <string>
#include <string_view>

#include "agents/rules/expression.h"
#include "base/result.h"

namespace headgate::agents::rules {

inline constexpr std::size_t kRuleBytesMax = 4096;

/// Errors: config_invalid, "1:17: …".
base::Result<Expression> parse(std::string_view text);

}  // namespace headgate::agents::rules
