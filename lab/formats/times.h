// Moments as providers write them, from Unix seconds: UTC, without fractions. What lies before 1970
// or behind the year 9999 is taken for the nearest of them.
// Pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace headgate::lab {

/// "2026-01-01T00:00:00Z"
std::string rfc3339(std::int64_t unix_s);

}  // namespace headgate::lab
