// What a seed makes of a run: which faults are on and how often they strike, how many clients there
// are and how they behave, and the gateway's timeouts. Drawn once, before anything happens; plain
// values after that.
#pragma once

#include <cstdint>
#include <vector>

#include "answers.h"
#include "base/clock.h"
#include "base/random.h"
#include "faults.h"
#include "gateway/degraded/rules.h"
#include "gateway/delivery/rules.h"

namespace headgate::sim {

struct Swarm {
  // The provider.
  std::vector<Fault> faults;  // those that are on
  double fault_rate = 0;      // of requests and of connections
  // The clients.
  int clients = 1;
  int requests = 1;       // of each client, while there are faults
  int calm_requests = 1;  // and after they have ended
  base::Duration gap_max{};
  double stream_rate = 0.5;
  double leave_rate = 0;  // goes away before its answer has come whole
  double wrong_rate = 0;  // asks for what cannot be had
  double close_rate = 0;  // a new connection for the next request
  double pause_rate = 0;  // stops reading for a while
  bool narrow = false;    // sockets that take little at once
  // The gateway.
  std::int64_t connect_ms = 0;
  std::int64_t first_token_ms = 0;
  std::int64_t idle_ms = 0;
  std::int64_t total_ms = 0;
  std::int64_t keep_alive_ms = 0;
  std::int64_t connection_idle_ms = 0;
  std::int64_t connections_idle_max = 0;
  bool begins_at_once = false;
  bool injects_usage = true;
  std::int64_t attempts_max = 1;  // at one target
  bool falls_back = false;        // to the other provider
  gateway::OnBreak on_break = gateway::OnBreak::error;
  bool breakers = false;
  std::int64_t consecutive = 5;
  std::int64_t open_ms = 0;
  std::int64_t ramp_ms = 0;
  std::int64_t hedge_ms = 0;                // a second attempt beside one that is slower; 0: never
  bool hedges_same = false;                 // at the same target
  double hedge_share = 0;                   // of a route's calls
  std::vector<gateway::Degraded> degraded;  // what routes give when no target answers
  int questions = 0;                        // that clients repeat; 0: each asks its own

  /// Nothing but one attempt: what the provider does is what the client gets.
  bool plain() const {
    return attempts_max == 1 && !falls_back && !breakers && hedge_ms == 0 && degraded.empty();
  }
};

Swarm draw_swarm(base::Random& random);

/// What none of the gateway's timeouts falls short of; a good answer takes at most half of it.
base::Duration patience(const Swarm& swarm);

/// Uniform in [0, max], to the microsecond.
base::Duration draw_duration(base::Random& random, base::Duration max);
/// true with probability `p`.
bool draw(base::Random& random, double p);

}  // namespace headgate::sim
