// Arithmetic in decimal numbers, for agents that must not guess at sums: + - * / and brackets, and
// abs, min, max, round(x, places). What has an end in decimals is exact, so money stays what it is;
// a division without one is rounded half to even at kPlacesMax places, and says so. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace headgate::agents {

/// Of a result; quotients are rounded here.
inline constexpr int kPlacesMax = 18;
inline constexpr std::size_t kExpressionBytesMax = 1000;

struct Calculated {
  std::string value;  // as JSON writes numbers, without an exponent: "-12.5"
  bool rounded = false;
};

/// Errors: invalid_request, in words for the model, with the column: what does not parse, division
/// by zero, numbers of more than 36 digits.
base::Result<Calculated> calculate(std::string_view expression);

}  // namespace headgate::agents
