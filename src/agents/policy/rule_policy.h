// Decides calls by the configuration: the scopes of the tool, the tool's rules, then whether one of
// the approval policies wants a person. Rules and policies are those that the run was begun with.
// Facts are fetched when a rule needs them and not before. Stateless; safe from any thread.
#pragma once

#include "agents/run/call_policy.h"

namespace headgate::agents {

class RulePolicy final : public CallPolicy {
 public:
  base::Async<Verdict> decide(base::Context& ctx, const CallQuestion& question) override;
};

}  // namespace headgate::agents
