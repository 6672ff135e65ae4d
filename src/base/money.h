// Money as an integer of picodollars (10⁻¹² USD), so that a price of $0.15 per million tokens is
// exactly 150,000 a token and sums never round. Range: ±$9.2 million.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headgate::base {

using Picodollars = std::int64_t;
inline constexpr Picodollars kPicodollarsPerDollar = 1'000'000'000'000;

/// "$0.00123" from picodollars, without rounding: trailing zeros dropped, at least two decimals.
std::string format_dollars(Picodollars amount);

/// A decimal such as "0.15" or "12" dollars; nothing when it is not a plain decimal, has more than
/// 12 decimals, or is out of range.
std::optional<Picodollars> parse_dollars(std::string_view text);

}  // namespace headgate::base
