// The agents and tools of the configuration as one immutable snapshot, prompts read from their
// files, made at start-up and on reload. What a run needs of it is taken out as text and stays with
// the run (pinned.h).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agents/definitions/agent_config.h"
#include "agents/definitions/tool_config.h"

namespace headgate::agents {

struct Definitions {
  ToolConfigs tools;
  AgentConfigs agents;
  ApprovalPolicyConfigs approvals;
  base::config::OrderedMap<base::config::Json> prompts;  // by agent, a JSON string each

  template <class V>
  static void fields(V& v) {
    v.field("tools", &Definitions::tools, {.doc = "By name."});
    v.field("agents", &Definitions::agents, {.doc = "By name."});
    v.field("approvals", &Definitions::approvals, {.doc = "By name."});
    v.field("prompts", &Definitions::prompts, {.doc = "By agent, as it was read."});
  }
};

/// Reads the prompts. Errors: config_invalid, naming the file.
base::Result<std::shared_ptr<const Definitions>> make_definitions(
    const ToolConfigs& tools, const AgentConfigs& agents, const ApprovalPolicyConfigs& approvals);

/// `agent`, the agents that it can hand over to, their tools and those that tell facts of them, in
/// the order of the configuration. REQUIRES: there is such an agent, and check() found nothing.
Definitions reachable(const Definitions& all, std::string_view agent);

}  // namespace headgate::agents
