// Points in time as people and logs read them: UTC, RFC 3339, always of the same length, so that
// texts sort as the times do. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace headgate::base {

/// "2026-11-23T14:18:51.042718Z"; the nearest of years 1970 to 9999 for what lies outside.
std::string utc_text(std::int64_t unix_us);

}  // namespace headgate::base
