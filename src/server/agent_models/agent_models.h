// Agents as models: `model: agent/<name>` in every dialect. The conversation becomes a run's input,
// the run's answer the answer. Streams get it as it is written where the model's first answer is
// the run's, else in one piece. On the exchange's loop.
#pragma once

#include <string_view>

#include "http/server/exchange.h"
#include "server/api/endpoint.h"
#include "server/loop_services.h"

namespace headgate::server {

/// Replies whatever happens. REQUIRES: the loop has a runner, and asks_for_agent().
base::Async<void> agent_answer(http::Exchange& exchange, base::Context& ctx, LoopServices& services,
                               const Endpoint& endpoint, std::string_view body);

}  // namespace headgate::server
