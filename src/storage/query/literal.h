// Values of a filter as they are written, into what the store holds: "2s" into microseconds, "0.01"
// into picodollars, "2026-11-24T10:15" into a time. Exact: what the store could not hold is
// refused, never rounded. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace headgate::storage::query {

/// "1500", "10k", "2M".
std::optional<std::int64_t> parse_count(std::string_view text);

/// "2s", "1.5ms", "250us", "3m", "12h", "30d". No unit: seconds.
std::optional<std::int64_t> parse_duration_us(std::string_view text);

/// "0.01" or "$0.01", in picodollars.
std::optional<std::int64_t> parse_money(std::string_view text);

/// "2026-11-24", "2026-11-24T10:15", "2026-11-24T10:15:30Z"; microseconds since 1970, UTC.
std::optional<std::int64_t> parse_time_us(std::string_view text);

}  // namespace headgate::storage::query
