// A decision of a call that waits, made: audited, then handed to the run, whoever it came by. Who
// may decide has been asked before, with what can be seen from outside; the run asks again. On the
// loop of the context.
#pragma once

#include "agents/approvals/waiting.h"
#include "agents/run/runner.h"
#include "storage/audit/audit_trail.h"

namespace headgate::server {

/// A decision that may be made, as far as can be seen from outside the run.
struct Making {
  const agents::WaitingCall& waiting;
  const agents::Decider& decider;
  agents::ApprovalDecision decision;
  storage::AuditActor actor;
};

/// Once its entry is on the disk it is made, also when its caller goes away. Errors: conflict, the
/// call is not the one that was seen; storage_failed, and nothing was done; what the run says.
base::Task<void> make_decision(base::Context& ctx, agents::Runner& runner, const Making& making);

}  // namespace headgate::server
