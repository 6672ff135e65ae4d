#include "lab/formats/times.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <ctime>

namespace headgate::lab {

std::string rfc3339(std::int64_t unix_s) {
  constexpr std::int64_t kYear9999 = 253'402'300'799;
  const auto time = static_cast<std::time_t>(std::clamp<std::int64_t>(unix_s, 0, kYear9999));
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(time));
}

}  // namespace headgate::lab
