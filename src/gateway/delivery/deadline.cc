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

}  // namespace

base::MonoTime deadline_of(const Call& call) {
  const http::Headers& headers = call.ask.headers;
  const std::int64_t ms =
      std::min({call.route->deadline_ms, said_ms(headers, "x-headgate-timeout-ms", 1),
                said_ms(headers, "x-stainless-timeout", 1'000)});
  return std::min(call.ctx.deadline, call.begun + base::milliseconds(ms));
}

}  // namespace headgate::gateway
