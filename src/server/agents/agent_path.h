// What a path under /v1/agents, /v1/runs, /v1/sessions and /v1/approvals names, and by which
// methods it may be asked for: the whole table of the API of agents. Pure; what it is given are
// bytes from outside.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace headgate::server {

enum class AgentResource : std::uint8_t {
  unknown,
  agents,       // GET /v1/agents
  agent_runs,   // POST /v1/agents/{name}/runs
  agent_ag_ui,  // POST /v1/agents/{name}/ag-ui
  runs,         // GET /v1/runs
  run,          // GET /v1/runs/{id}
  run_events,   // GET /v1/runs/{id}/events
  run_cancel,   // POST, as those that follow
  run_resume,
  run_fork,
  run_approval,      // /v1/runs/{id}/approvals/{call}
  approvals,         // GET /v1/approvals
  sessions,          // GET, DELETE /v1/sessions
  session,           // GET, DELETE /v1/sessions/{id}
  approval_webhook,  // POST /v1/approvals/webhook/{policy}
};

struct AgentPath {
  AgentResource resource = AgentResource::unknown;
  std::string name;  // of the agent or policy, or the run's id
  std::string call;  // of an approval
  std::string_view allow;
};

/// Whether `path` is for this API at all.
bool is_agent_path(std::string_view path);
AgentPath agent_path(std::string_view path);

/// The path without names and ids in it, for metrics.
std::string_view route_of(AgentResource resource);

}  // namespace headgate::server
