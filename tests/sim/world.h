// One run: everything that a seed brings into being, on one thread, under a clock that jumps from
// one event to the next. A storm of faults first, then calm; then every client goes, and nothing
// may be left. The same seed gives the same history, byte for byte.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "gateway.h"
#include "invariants.h"
#include "plants.h"

namespace headgate::sim {

/// What a run came to.
struct Verdict {
  std::uint64_t seed = 0;
  std::optional<Violation> violation;  // the first
  std::uint64_t hash = 0;              // of its history
  std::uint64_t events = 0;
  base::Duration length{};  // virtual
  std::size_t requests = 0;
  std::size_t answers = 0;                // of them, good ones
  std::array<int, kFaultCount> struck{};  // faults
  std::deque<std::string> tail;           // the last events
};

/// `listener` is told of every event.
Verdict run_world(std::uint64_t seed, Costly& costly, Plant plant = Plant::none,
                  std::function<void(const std::string&)> listener = nullptr);

}  // namespace headgate::sim
