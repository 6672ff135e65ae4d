// A decimal number of any length, compared exactly: money never passes through a double here. A
// plain value.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headgate::agents::rules {

class Decimal {
 public:
  /// As JSON writes numbers: -12.50, 1e3. Nothing: it is none, or its exponent is absurd.
  static std::optional<Decimal> parse(std::string_view text);

  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }

 private:
  // 0.DIGITS × 10^point_; no zero at either end of the digits, none at all for zero.
  bool negative_ = false;
  std::string digits_;
  std::int64_t point_ = 0;
};

}  // namespace headgate::agents::rules
