// The API of agents: /v1/agents and /v1/runs. Every request has its caller identified first; what a
// caller may not see is not found. On the exchange's loop.
#pragma once

#include "http/server/exchange.h"
#include "server/agents/agent_path.h"
#include "server/loop_services.h"

namespace headgate::server {

/// REQUIRES: is_agent_path(exchange.request().path), and the loop has a runner.
base::Async<void> agents_api(http::Exchange& exchange, LoopServices& services,
                             const AgentPath& path);

}  // namespace headgate::server
