// Sessions of agents' runs over HTTP: listed, shown as the runs that they are, and erased. Callers
// see their own, by tenant and user; an operator any user's of the tenant (?user=). An erasure is
// in the audit trail before it is made. On the loop of the exchange.
#pragma once

#include "server/agents/agent_call.h"

namespace headgate::server {

/// GET and DELETE of /v1/sessions and /v1/sessions/{id}.
base::Task<AgentReply> sessions_api(AgentCall& call);

}  // namespace headgate::server
