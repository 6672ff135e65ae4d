#include "base/text/utc.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace headgate::base {

std::string utc_text(std::int64_t unix_us) {
  using namespace std::chrono;
  constexpr std::int64_t kMost = 253'402'300'799'999'999;  // the last moment of year 9999
  const sys_time<microseconds> at{microseconds(std::clamp<std::int64_t>(unix_us, 0, kMost))};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss time{at - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

}  // namespace headgate::base
