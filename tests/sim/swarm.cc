#include "swarm.h"

#include <algorithm>
#include <array>

namespace headgate::sim {
namespace {

std::int64_t between(base::Random& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(high - low) + 1));
}

template <std::size_t N>
double one_of(base::Random& random, const std::array<double, N>& rates) {
  return rates.at(random.below(N));
}

}  // namespace

base::Duration draw_duration(base::Random& random, base::Duration max) {
  const auto us = std::chrono::duration_cast<base::microseconds>(max).count();
  return base::microseconds(between(random, 0, us));
}

bool draw(base::Random& random, double p) { return random.unit() < p; }

base::Duration patience(const Swarm& swarm) {
  return base::milliseconds(std::min({swarm.first_token_ms, swarm.idle_ms, swarm.total_ms / 4}));
}

Swarm draw_swarm(base::Random& random) {
  Swarm out;
  const double on = one_of(random, std::array{0.1, 0.3, 0.5});
  for (std::size_t i = 1; i < kFaultCount; ++i) {
    if (draw(random, on)) out.faults.push_back(static_cast<Fault>(i));
  }
  out.fault_rate = one_of(random, std::array{0.0, 0.1, 0.3, 0.6, 0.9});
  out.clients = static_cast<int>(between(random, 1, 6));
  out.requests = static_cast<int>(between(random, 1, 8));
  out.calm_requests = 1;
  out.gap_max = base::milliseconds(between(random, 1, 2'000));
  out.stream_rate = one_of(random, std::array{0.0, 0.5, 0.8, 1.0});
  out.leave_rate = one_of(random, std::array{0.0, 0.0, 0.2, 0.5});
  out.wrong_rate = one_of(random, std::array{0.0, 0.0, 0.1});
  out.close_rate = one_of(random, std::array{0.0, 0.3, 1.0});
  out.pause_rate = one_of(random, std::array{0.0, 0.0, 0.3});
  out.narrow = draw(random, 0.3);
  out.connect_ms = between(random, 200, 2'000);
  out.first_token_ms = between(random, 1'000, 5'000);
  out.idle_ms = between(random, 1'000, 5'000);
  out.total_ms = between(random, 4'000, 10'000);
  out.keep_alive_ms = draw(random, 0.5) ? between(random, 200, 2'000) : 0;
  out.connection_idle_ms = between(random, 500, 5'000);
  out.connections_idle_max = between(random, 0, 3);
  out.begins_at_once = draw(random, 0.3);
  out.injects_usage = draw(random, 0.8);
  out.attempts_max = between(random, 1, 3);
  out.falls_back = draw(random, 0.5);
  out.on_break = static_cast<gateway::OnBreak>(random.below(4));
  out.breakers = draw(random, 0.5);
  out.consecutive = between(random, 1, 5);
  out.open_ms = between(random, 100, 3'000);
  out.ramp_ms = draw(random, 0.5) ? between(random, 100, 3'000) : 0;
  if (draw(random, 0.5)) {
    out.hedge_ms = between(random, 50, out.first_token_ms / 2);
    out.hedges_same = !out.falls_back || draw(random, 0.3);
    out.hedge_share = one_of(random, std::array{0.05, 0.3, 1.0});
  }
  using gateway::Degraded;
  for (const auto what : {Degraded::cached, Degraded::smaller, Degraded::canned}) {
    if (!draw(random, 0.25)) continue;
    const auto place = static_cast<std::ptrdiff_t>(random.below(out.degraded.size() + 1));
    out.degraded.insert(out.degraded.begin() + place, what);
  }
  if (draw(random, 0.3)) out.questions = static_cast<int>(between(random, 1, 4));
  return out;
}

}  // namespace headgate::sim
