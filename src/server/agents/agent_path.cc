#include "server/agents/agent_path.h"

#include <algorithm>
#include <array>

#include "base/text/strings.h"

namespace headgate::server {
namespace {

constexpr std::string_view kAgents = "/v1/agents";
constexpr std::string_view kRuns = "/v1/runs";
constexpr std::string_view kApprovals = "/v1/approvals";
constexpr std::string_view kWebhooks = "/v1/approvals/webhook/";
constexpr std::string_view kSessions = "/v1/sessions";
constexpr std::string_view kReadOrErase = "GET, HEAD, DELETE";
constexpr std::string_view kRead = "GET, HEAD";
constexpr std::string_view kWrite = "POST";

bool is_below(std::string_view path, std::string_view root) {
  return path == root || (path.starts_with(root) && path[root.size()] == '/');
}

struct Verb {
  std::string_view name;
  AgentResource resource;
  std::string_view allow;
};
constexpr std::array<Verb, 4> kVerbs{{{"events", AgentResource::run_events, kRead},
                                      {"cancel", AgentResource::run_cancel, kWrite},
                                      {"resume", AgentResource::run_resume, kWrite},
                                      {"fork", AgentResource::run_fork, kWrite}}};

AgentPath below_agents(std::string_view rest) {
  const std::size_t slash = rest.find('/');
  if (slash == 0 || slash == std::string_view::npos) return {};
  const std::string name = base::percent_decode(rest.substr(0, slash));
  const std::string_view what = rest.substr(slash + 1);
  if (what == "runs") return {AgentResource::agent_runs, name, {}, kWrite};
  if (what == "ag-ui") return {AgentResource::agent_ag_ui, name, {}, kWrite};
  return {};
}

AgentPath below_runs(std::string_view rest) {
  constexpr std::string_view kApproval = "approvals/";
  const std::size_t slash = rest.find('/');
  const std::string id = base::percent_decode(rest.substr(0, slash));
  if (id.empty()) return {};
  if (slash == std::string_view::npos) return {AgentResource::run, id, {}, kRead};
  const std::string_view verb = rest.substr(slash + 1);
  for (const Verb& each : kVerbs) {
    if (each.name == verb) return {each.resource, id, {}, each.allow};
  }
  if (!verb.starts_with(kApproval) || verb.size() == kApproval.size()) return {};
  return {AgentResource::run_approval, id, base::percent_decode(verb.substr(kApproval.size())),
          kWrite};
}

}  // namespace

bool is_agent_path(std::string_view path) {
  return is_below(path, kAgents) || is_below(path, kRuns) || is_below(path, kApprovals) ||
         is_below(path, kSessions);
}

AgentPath agent_path(std::string_view path) {
  if (path == kAgents) return {AgentResource::agents, {}, {}, kRead};
  if (path == kRuns) return {AgentResource::runs, {}, {}, kRead};
  if (path == kSessions) return {AgentResource::sessions, {}, {}, kReadOrErase};
  if (is_below(path, kSessions) && path.size() > kSessions.size() + 1) {
    const std::string id = base::percent_decode(path.substr(kSessions.size() + 1));
    return {AgentResource::session, id, {}, kReadOrErase};
  }
  if (path == kApprovals) return {AgentResource::approvals, {}, {}, kRead};
  if (path.starts_with(kWebhooks) && path.size() > kWebhooks.size()) {
    const std::string policy = base::percent_decode(path.substr(kWebhooks.size()));
    return {AgentResource::approval_webhook, policy, {}, kWrite};
  }
  if (is_below(path, kAgents)) return below_agents(path.substr(kAgents.size() + 1));
  if (is_below(path, kRuns)) return below_runs(path.substr(kRuns.size() + 1));
  return {};
}

std::string_view route_of(AgentResource resource) {
  switch (resource) {
    case AgentResource::agents: return "/v1/agents";
    case AgentResource::agent_runs: return "/v1/agents/{name}/runs";
    case AgentResource::agent_ag_ui: return "/v1/agents/{name}/ag-ui";
    case AgentResource::runs: return "/v1/runs";
    case AgentResource::run: return "/v1/runs/{id}";
    case AgentResource::run_events: return "/v1/runs/{id}/events";
    case AgentResource::run_cancel: return "/v1/runs/{id}/cancel";
    case AgentResource::run_resume: return "/v1/runs/{id}/resume";
    case AgentResource::run_fork: return "/v1/runs/{id}/fork";
    case AgentResource::run_approval: return "/v1/runs/{id}/approvals/{call}";
    case AgentResource::sessions: return "/v1/sessions";
    case AgentResource::session: return "/v1/sessions/{id}";
    case AgentResource::approvals: return "/v1/approvals";
    case AgentResource::approval_webhook: return "/v1/approvals/webhook/{policy}";
    case AgentResource::unknown: break;
  }
  return "unknown";
}

}  // namespace headgate::server
