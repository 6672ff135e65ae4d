// Who may decide a call that waits, as the journal of its run and the policy that asked say:
// rights, the digest that was seen, the time that is left, and that nobody counts twice or decides
// for himself. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "agents/definitions/pinned.h"
#include "agents/journal/entry.h"

namespace headgate::agents {

/// Who decides, by way of the API or of a policy's webhook.
struct Decider {
  std::string label;   // for readers: "olga (operator)"
  std::string key_id;  // empty: none
  std::string user;    // that the key, or the webhook, stands for; never as a header says
  std::string tenant;  // of the key
  std::string owner;   // owner_of() the key
  std::vector<std::string> scopes;
  std::string webhook;  // the policy whose webhook it came by; empty: the API
};

/// The same for one person however he comes: the user of a tenant, else the key.
std::string person_of(const Decider& decider, const RunOrigin& origin);

/// Whether the call's policy lets them decide it. `owner`: of the run.
base::Result<void> may_decide(const Decider& decider, const CallState& call,
                              const RunOrigin& origin, const std::string& owner,
                              const ApprovalPolicyConfig& policy);

/// Of the policy, for a call that may have been escalated.
const ApproversConfig& approvers_of(const ApprovalPolicyConfig& policy, bool escalated);

/// "sha256:…": what an approval is bound to.
std::string approval_digest(const std::string& run, const CallState& call);

}  // namespace headgate::agents
