// The tokens of one model call, normalised: `input` includes cached and cache-written tokens,
// `output` includes reasoning. Values come from the provider's own usage object; nothing here is
// estimated.
#pragma once

#include <cstdint>

namespace headgate::base {

struct Usage {
  std::int64_t input = 0;
  std::int64_t cached = 0;       // part of input read from the provider's prompt cache
  std::int64_t cache_write = 0;  // part of input written to it
  std::int64_t output = 0;
  std::int64_t reasoning = 0;  // part of output

  friend bool operator==(const Usage&, const Usage&) = default;
};

}  // namespace headgate::base
