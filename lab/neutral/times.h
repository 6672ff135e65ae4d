// Moments as providers write them. Pure functions; UTC.
#pragma once

#include <cstdint>
#include <string>

namespace headgate::lab {

/// "2026-01-01T00:00:00Z"
std::string rfc3339(std::int64_t unix_s);

}  // namespace headgate::lab
