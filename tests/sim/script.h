// What the provider does with one request: the bytes of its reply, cut at places that mean nothing,
// the pauses between them, what becomes of the connection, and from which byte on the answer is
// whole. Drawn from the seed before the first byte is sent; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "answers.h"
#include "base/random.h"
#include "faults.h"
#include "swarm.h"

namespace headgate::sim {

struct Script {
  enum class End : std::uint8_t { keep, close, reset, hang };
  struct Step {
    base::Duration pause{};  // before it
    std::string bytes;
  };
  int status = 0;
  std::vector<Step> steps;
  base::Duration pause_before_end{};
  End end = End::keep;
  std::size_t whole_bytes = 0;  // of all steps together; 0: it never is
  std::size_t usage_bytes = 0;  // likewise of its usage
};

/// `answer` may lose its usage, as the fault says.
Script write_script(Dialect dialect, bool streamed, Fault fault, Answer& answer, const Swarm& swarm,
                    base::Random& random);

}  // namespace headgate::sim
