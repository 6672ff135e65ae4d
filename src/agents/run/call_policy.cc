#include "agents/run/call_policy.h"

#include <algorithm>

namespace headgate::agents {

base::Async<Verdict> ScopePolicy::decide(base::Context& ctx, const CallQuestion& question) {
  const ToolConfig& tool = question.tool.config;
  const std::vector<std::string>& has = ctx.principal->scopes;
  for (const std::string& scope : tool.scopes) {
    if (std::find(has.begin(), has.end(), scope) != has.end()) continue;
    co_return Verdict{Verdict::Kind::deny, "scopes", "the caller lacks the scope " + scope};
  }
  if (tool.approval == ApprovalWish::always) {
    co_return Verdict{Verdict::Kind::needs_approval, "tool",
                      "every call of " + question.tool.name + " needs approval"};
  }
  co_return Verdict{Verdict::Kind::allow, "scopes", {}};
}

}  // namespace headgate::agents
