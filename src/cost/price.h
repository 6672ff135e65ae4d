// What one model costs from a date on, as integers of picodollars a token, and what a usage costs
// by it. By service tier and by the length of the prompt, where providers charge differently. Plain
// values; pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/money.h"
#include "base/usage.h"

namespace headgate::cost {

/// Picodollars a token (web_search: a request). What is optional has no known price: usage that has
/// some of it is unpriced.
struct Rates {
  base::Picodollars input = 0;
  base::Picodollars cached_input = 0;
  base::Picodollars cache_write = 0;
  base::Picodollars output = 0;
  std::optional<base::Picodollars> cache_write_long;
  std::optional<base::Picodollars> input_audio;
  std::optional<base::Picodollars> cached_audio;
  std::optional<base::Picodollars> output_audio;
  std::optional<base::Picodollars> web_search;
};

/// Rates for calls whose whole input is longer than `input_tokens`; all tokens of the call cost so.
struct LongRates {
  std::int64_t input_tokens = 0;
  Rates rates;
};

struct Schedule {
  Rates rates;
  std::vector<LongRates> above;  // by input_tokens, ascending

  const Rates& rates_for(std::int64_t input_tokens) const;
};

/// Valid from `from_unix_us` on until the next price of the model.
struct Price {
  std::int64_t from_unix_us = 0;  // 00:00 UTC of the date; INT64_MIN: since ever
  std::array<std::optional<Schedule>, base::kServiceTierCount> tiers;  // standard is always there
};

/// Each token at the rate of the narrowest kind it is of. Nothing when the usage contradicts itself
/// (negative, more cached than input) or is incomplete, when the tier or a kind of token has no
/// price, or when the sum does not fit.
std::optional<base::Picodollars> cost_of(const Price& price, const base::Usage& usage);

}  // namespace headgate::cost
