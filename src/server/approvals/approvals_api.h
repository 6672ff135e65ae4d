// The API of calls that wait for approval: listed for those who may decide them, and decided, by
// API key or by a webhook's signature. A decision is in the audit trail before it is made. On the
// loop of the exchange.
#pragma once

#include "agents/approvals/seen_webhooks.h"
#include "server/agents/agent_call.h"

namespace headgate::server {

/// GET /v1/approvals.
base::Task<AgentReply> list_approvals(AgentCall& call);
/// POST /v1/runs/{id}/approvals/{call}.
base::Task<AgentReply> decide_call(AgentCall& call);
/// POST /v1/approvals/webhook/{policy}, by its signature alone; nobody is the principal.
base::Task<AgentReply> decide_by_webhook(AgentCall& call, agents::SeenWebhooks& seen);

}  // namespace headgate::server
