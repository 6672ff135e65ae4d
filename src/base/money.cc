#include "base/money.h"

#include <cstdlib>

namespace headgate::base {

std::string format_dollars(Picodollars amount) {
  const bool negative = amount < 0;
  const auto magnitude =
      negative ? 0 - static_cast<std::uint64_t>(amount) : static_cast<std::uint64_t>(amount);
  std::string fraction = std::to_string(magnitude % kPicodollarsPerDollar);
  fraction.insert(0, 12 - fraction.size(), '0');
  while (fraction.size() > 2 && fraction.back() == '0') fraction.pop_back();
  return (negative ? "-$" : "$") + std::to_string(magnitude / kPicodollarsPerDollar) + "." +
         fraction;
}

std::optional<Picodollars> parse_dollars(std::string_view text) {
  constexpr std::size_t kDecimals = 12;
  constexpr std::int64_t kWholeMax = 9'000'000;
  std::int64_t whole = 0;
  std::size_t i = 0;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
    whole = whole * 10 + (text[i] - '0');
    if (whole > kWholeMax) return std::nullopt;
  }
  if (i == 0) return std::nullopt;
  std::int64_t fraction = 0;
  std::size_t decimals = 0;
  if (i < text.size()) {
    if (text[i] != '.' || i + 1 == text.size()) return std::nullopt;
    for (++i; i < text.size(); ++i, ++decimals) {
      if (text[i] < '0' || text[i] > '9' || decimals == kDecimals) return std::nullopt;
      fraction = fraction * 10 + (text[i] - '0');
    }
  }
  for (; decimals < kDecimals; ++decimals) fraction *= 10;
  return whole * kPicodollarsPerDollar + fraction;
}

}  // namespace headgate::base
