// Agents as models: `model: agent/<name>` on chat completions. The conversation becomes a run's
// input, the run's answer the completion, and its usage the sum of all calls of models in it.
// Streams get the answer as it is written where the model's first answer is the run's, else in one
// piece. On the exchange's loop.
#pragma once

#include <string_view>

#include "http/server/exchange.h"
#include "server/loop_services.h"

namespace headgate::server {

/// Before the name of an agent, where models have theirs.
inline constexpr std::string_view kAgentPrefix = "agent/";

/// Whether the body asks for an agent; cheap for those that do not.
bool asks_for_agent(std::string_view body);

/// Replies whatever happens. REQUIRES: the loop has a runner.
base::Async<void> agent_completion(http::Exchange& exchange, base::Context& ctx,
                                   LoopServices& services, std::string_view body);

}  // namespace headgate::server
