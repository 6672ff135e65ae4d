// Two ways in which providers write a point in time in a header, read strictly: HTTP's IMF-fixdate
// and RFC 3339. And the one in which they write durations. Pure; the text is bytes from outside,
// which never overflow anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace headgate::resilience {

/// "Mon, 23 Nov 2026 14:18:51 GMT" in seconds since 1970. The name of the weekday is not checked
/// against the date. The obsolete forms of RFC 9110 are not read.
std::optional<std::int64_t> parse_http_date(std::string_view text);

/// "2026-11-23T14:18:51Z", "…51.25+01:00" in microseconds since 1970.
std::optional<std::int64_t> parse_rfc3339_us(std::string_view text);

/// A decimal number of `unit`: digits, perhaps a point and digits; no sign, no exponent. Nothing
/// when that is more than `most`.
std::optional<base::Duration> parse_decimal(std::string_view text, base::Duration unit,
                                            base::Duration most);

/// "1s", "6m0s", "120ms", "1h2m3.5s"; a number without a unit is seconds. Nothing beyond `most`.
std::optional<base::Duration> parse_duration(std::string_view text, base::Duration most);

}  // namespace headgate::resilience
