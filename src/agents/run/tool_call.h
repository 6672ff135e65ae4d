// One call of a tool, wherever that is: over HTTP, at a remote MCP server, or built in. It has
// begun in the journal; here it is made, its span recorded, and what came of it said. On the run's
// loop.
#pragma once

#include <string>

#include "agents/run/run.h"

namespace headgate::agents {

/// The entries that say what came of it; none when it was interrupted and may be repeated.
base::Async<Entries> make_call(Run& run, const CallState& call);

/// The same for every time that this call is sent, and for no other call.
std::string idempotency_key(const RunState& state, const CallState& call);

}  // namespace headgate::agents
