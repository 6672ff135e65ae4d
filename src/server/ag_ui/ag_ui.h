// POST /v1/agents/{name}/ag-ui: a run begun, or gone on with after its interrupts were answered,
// and streamed as AG-UI events. The client's runId is the run's idempotency key, so that a request
// that is sent again is the same run. On the loop of the exchange.
#pragma once

#include "server/agents/agent_call.h"

namespace headgate::server {

/// Replies whatever happens.
base::Async<void> ag_ui(AgentCall& call);

}  // namespace headgate::server
