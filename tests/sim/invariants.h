// What must hold of every run, each a small function over the History. Those of a request are asked
// when it is over and again at the end; those of a run at its end. To add one: write the function,
// put it into the table of invariants.cc, and, if no plant breaks it yet, add one (plants.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "history.h"
#include "swarm.h"

namespace headgate::sim {

struct Violation {
  std::string_view invariant;
  std::string what;
};

/// What is still there when every client has gone and the last timer has fired.
struct Ending {
  std::size_t connections = 0;  // of clients
  std::size_t requests = 0;
  std::size_t timers = 0;
  int upstream_waits = 0;  // connections to providers that wait for an answer
};

std::vector<std::string_view> invariant_names();
std::optional<Violation> check_request(const History& history, const Swarm& swarm,
                                       const Asked& one);
std::optional<Violation> check_run(const History& history, const Swarm& swarm,
                                   const Ending& ending);

}  // namespace headgate::sim
