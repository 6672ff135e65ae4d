// What may be done with the calls that a model proposes: those that name no tool of its agent or
// whose arguments do not fit are answered at once, the others put to the policy. Nothing here has
// an effect in the world. On the run's loop.
#pragma once

#include "agents/run/run.h"

namespace headgate::agents {

/// Entries for every call that is `proposed`, handoffs left out, and for approved ones that the
/// policy does not allow any more.
base::Async<Entries> judge_calls(Run& run);

}  // namespace headgate::agents
