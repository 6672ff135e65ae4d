// Agents as tools of MCP clients: those that the configuration names, as `agent_<name>`, beside the
// tools of another host. A call makes a run, with the rights of whoever calls, and waits until it
// has ended or waits for a person. Whoever goes away leaves the run; whoever cancels the call
// cancels it. Made before the loops run; safe from any of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agents/run/runner.h"
#include "agents/tools/host.h"

namespace headgate::server {

class AgentService;

class AgentHost final : public agents::ToolHost {
 public:
  /// `others` outlives it. `names`: agents; one that is not there is not offered.
  AgentHost(agents::ToolHost& others, std::vector<std::string> names)
      : others_(others), names_(std::move(names)) {}
  /// REQUIRED before the loops run; outlives them.
  void set_agents(AgentService& agents) { agents_ = &agents; }

  base::Task<agents::Tools> list_tools(base::Context& ctx) override;
  base::Task<std::shared_ptr<const agents::Tool>> find_tool(base::Context& ctx,
                                                            std::string_view name) override;
  base::Task<agents::ToolOutcome> call_tool(base::Context& ctx, const agents::ToolCall& call,
                                            agents::CallEvents& events) override;

 private:
  /// Its agent, if it is one that is offered now.
  std::optional<std::string> agent_of(base::Context& ctx, std::string_view tool) const;
  base::Task<agents::ToolResult> run(base::Context& ctx, const std::string& agent,
                                     const agents::ToolCall& call, agents::CallEvents& events);

  agents::ToolHost& others_;
  std::vector<std::string> names_;
  AgentService* agents_ = nullptr;
};

}  // namespace headgate::server
