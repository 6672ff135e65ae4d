#include "base/clock.h"

namespace headgate::base {

MonoTime RealClock::now() const { return std::chrono::steady_clock::now(); }

std::int64_t RealClock::unix_us() const {
  return std::chrono::duration_cast<microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace headgate::base
