#include "agents/approvals/approvers.h"

#include <algorithm>

#include "agents/tools/digest.h"
#include "base/ids.h"

namespace headgate::agents {

using base::Errc;
using base::fail;
using base::Result;

namespace {

bool has(const std::vector<std::string>& list, std::string_view one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

bool is_approver(const Decider& decider, const std::string& owner,
                 const ApproversConfig& approvers) {
  if (!decider.key_id.empty() && has(approvers.keys, decider.key_id)) return true;
  const bool is_admin = has(decider.scopes, "admin");
  if (decider.owner != owner && !is_admin) return false;
  if (approvers.scopes.empty() && approvers.keys.empty()) {
    return is_admin || has(decider.scopes, "operator");
  }
  return std::any_of(approvers.scopes.begin(), approvers.scopes.end(),
                     [&](const std::string& scope) { return has(decider.scopes, scope); });
}

// The user of the requester's key, the user it named, and the key itself are all whom the run is
// for.
bool is_requester(const Decider& decider, const RunOrigin& origin) {
  const base::Principal& who = origin.principal;
  const bool same_key = !decider.key_id.empty() && decider.key_id == who.key_id;
  const bool same_tenant = !decider.webhook.empty() || decider.tenant == who.tenant;
  const bool same_user = !decider.user.empty() && same_tenant &&
                         (decider.user == who.user || decider.user == origin.user);
  return same_key || same_user;
}

}  // namespace

std::string person_of(const Decider& decider, const RunOrigin& origin) {
  if (decider.user.empty()) return "key " + decider.key_id;
  const std::string& tenant = decider.webhook.empty() ? decider.tenant : origin.principal.tenant;
  return "user " + tenant + "/" + decider.user;
}

const ApproversConfig& approvers_of(const ApprovalPolicyConfig& policy, bool escalated) {
  return escalated && policy.escalate_to ? policy.escalate_to->approvers : policy.approvers;
}

Result<void> may_decide(const Decider& decider, const CallState& call, const RunOrigin& origin,
                        const std::string& owner, const ApprovalPolicyConfig& policy) {
  const ApproversConfig& approvers = approvers_of(policy, call.escalated);
  const bool by_webhook = !decider.webhook.empty();
  const bool may = by_webhook ? decider.webhook == call.policy && policy.webhook.has_value()
                              : is_approver(decider, owner, approvers);
  if (!may) {
    return fail(Errc::permission_denied,
                "You are none of the approvers of the policy `" + call.policy + "`.");
  }
  if (approvers.not_requester && is_requester(decider, origin)) {
    return fail(Errc::permission_denied, "Nobody approves what was asked on his own behalf.");
  }
  return {};
}

std::string approval_digest(const std::string& run, const CallState& call) {
  return "sha256:" + base::hex(digest({run, call.id, call.tool, canonical_json(call.arguments)}));
}

}  // namespace headgate::agents
