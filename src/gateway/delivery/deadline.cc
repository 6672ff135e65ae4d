#include "gateway/delivery/deadline.h"

#include <algorithm>
#include <limits>

#include "base/text/strings.h"

namespace headgate::gateway {
namespace {

// 0 and nonsense: not said.
std::int64_t said_ms(const http::Headers& headers, std::string_view name, std::uint64_t unit_ms) {
  const auto value = base::parse_u64(headers.get(name));
  constexpr std::uint64_t kMost = 86'400'000;  // a day: no route allows more
  if (!value || *value == 0 || *value > kMost) return std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(*value * unit_ms);
}

// A point in time that is said as such, so that it can travel through a workflow; max(): not said.
// One that has passed leaves no time at all.
base::MonoTime said_time(const http::Headers& headers, std::string_view name, const Call& call) {
  constexpr std::uint64_t kMost = 4'102'444'800'000;  // the year 2100
  const auto value = base::parse_u64(headers.get(name));
  if (!value || *value == 0 || *value > kMost) return base::MonoTime::max();
  const auto left_ms = static_cast<std::int64_t>(*value) - call.begun_unix_us / 1000;
  return call.begun + base::milliseconds(std::max<std::int64_t>(left_ms, 0));
}

}  // namespace

base::MonoTime deadline_of(const Call& call) {
  const http::Headers& headers = call.ask.headers;
  const std::int64_t ms =
      std::min({call.route->deadline_ms, said_ms(headers, "x-headgate-timeout-ms", 1),
                said_ms(headers, "x-stainless-timeout", 1'000)});
  return std::min({call.ctx.deadline, call.begun + base::milliseconds(ms),
                   said_time(headers, "x-headgate-deadline", call)});
}

bool has_own_deadline(const Call& call) {
  return call.ctx.deadline < call.begun + base::milliseconds(call.route->deadline_ms);
}

}  // namespace headgate::gateway
