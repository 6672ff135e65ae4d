// The tokens of one model call, normalised: `input` includes cached and cache-written tokens,
// `output` includes reasoning. Values come from the provider's own usage object; nothing here is
// estimated. Plain values.
#pragma once

#include <cstdint>

namespace headgate::base {

/// What the provider says it served the call as; prices differ by it.
enum class ServiceTier : std::uint8_t { standard, batch, flex, priority, scale, fast, ultrafast };
inline constexpr std::size_t kServiceTierCount =
    static_cast<std::size_t>(ServiceTier::ultrafast) + 1;

struct Usage {
  std::int64_t input = 0;
  std::int64_t cached = 0;       // part of input read from the provider's prompt cache
  std::int64_t cache_write = 0;  // part of input written to it
  std::int64_t output = 0;
  std::int64_t reasoning = 0;         // part of output
  std::int64_t cache_write_long = 0;  // part of cache_write that stays for an hour or more
  std::int64_t input_audio = 0;       // part of input, cached or not
  std::int64_t cached_audio = 0;      // part of cached
  std::int64_t output_audio = 0;      // part of output
  std::int64_t web_searches = 0;      // requests of server-side tools that are billed apiece
  ServiceTier tier = ServiceTier::standard;
  bool incomplete = false;  // something was bought that no count here says: another model's tokens,
                            // pictures, or all of it at a tariff that is none of the tiers

  friend bool operator==(const Usage&, const Usage&) = default;
  /// Of several calls; the tier is the left one's.
  Usage& operator+=(const Usage& other);
};

inline Usage& Usage::operator+=(const Usage& other) {
  input += other.input;
  cached += other.cached;
  cache_write += other.cache_write;
  output += other.output;
  reasoning += other.reasoning;
  cache_write_long += other.cache_write_long;
  input_audio += other.input_audio;
  cached_audio += other.cached_audio;
  output_audio += other.output_audio;
  web_searches += other.web_searches;
  incomplete = incomplete || other.incomplete;
  return *this;
}

}  // namespace headgate::base
