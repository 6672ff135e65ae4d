// A request of the API of agents that may be answered: who asks, for what, with which body. Lives
// in the endpoint's frame, on the loop of the exchange.
#pragma once

#include <string>
#include <string_view>

#include "agents/run/runner.h"
#include "http/server/exchange.h"
#include "server/agents/agent_path.h"

namespace headgate::server {

struct AgentCall {
  http::Exchange& exchange;
  base::Context& ctx;
  agents::Runner& runner;
  const AgentPath& path;
  std::string_view body;
  std::string run_id = {};  // that it has begun; empty: none
};

/// A reply that is JSON.
struct AgentReply {
  int status = 200;
  std::string body;
};

/// GET /v1/runs, GET /v1/runs/{id} and the commands.
base::Task<AgentReply> list_runs(AgentCall& call);
base::Task<AgentReply> show_run(AgentCall& call, const std::string& id);
base::Task<AgentReply> command_run(AgentCall& call);
base::Task<AgentReply> fork_run(AgentCall& call);

/// The run of the path, when the caller may see it. Errors: not_found, also for what is not there.
base::Task<storage::RunRow> visible_run(AgentCall& call);
/// Who calls, for readers.
std::string actor_of(const base::Context& ctx);
bool may_see(const base::Context& ctx, const storage::RunRow& row);
/// Errors: permission_denied.
base::Result<void> must_be_operator(const base::Principal& principal);
bool is_operator(const base::Principal& principal);

}  // namespace headgate::server
