#include "server/mcp/service.h"

#include <utility>

#include "server/agents/agent_service.h"

namespace headgate::server {

using agents::mcp::ServerStats;
using base::Result;

Result<std::unique_ptr<McpService>> McpService::make(
    const agents::mcp::McpConfig& config, bool tls, const std::vector<base::Loop*>& loops,
    base::Log& log, const std::function<std::string(const std::string&)>& environment) {
  std::string secret;
  if (!config.server.state_secret.empty()) {
    auto read = config.server.state_secret.resolve();
    if (!read) return read.error();
    secret = std::move(*read);
  }
  std::unique_ptr<McpService> out(new McpService(config, tls));
  const agents::mcp::RemoteServers::Parts parts{loops, out->changes_, log, environment};
  auto remotes = agents::mcp::RemoteServers::make(out->config_.servers, parts);
  if (!remotes) return remotes.error();
  out->remotes_ = std::move(*remotes);
  out->guarded_ = std::make_unique<agents::GuardedHost>(out->remotes_->host());
  out->tools_ = std::make_unique<AgentHost>(*out->guarded_, config.server.agents);
  const agents::Hosts hosts{out->tools_.get(), nullptr, nullptr, nullptr};
  out->endpoint_ =
      std::make_unique<agents::mcp::Endpoint>(out->config_.server, hosts, out->changes_, secret);
  return out;
}

void McpService::set_agents(AgentService& agents) {
  guarded_->set_guard(agents);
  tools_->set_agents(agents);
}

void McpService::add_remote_gauges(telemetry::Metrics& metrics) const {
  for (const auto& host : remotes_->host().hosts()) {
    metrics.on_scrape_total("headgate_mcp_server_failures_total",
                            "Lists and calls of a remote MCP server that failed.",
                            {{"server", host->name()}},
                            [&each = *host] { return static_cast<double>(each.failures()); });
  }
}

void McpService::add_gauges(telemetry::Metrics& metrics) const {
  const agents::mcp::Endpoint& endpoint = *endpoint_;
  add_remote_gauges(metrics);
  const auto total = [&](const char* name, const char* help, const prometheus::Labels& labels,
                         std::atomic<std::uint64_t> ServerStats::*field) {
    metrics.on_scrape_total(name, help, labels, [&endpoint, field] {
      return static_cast<double>((endpoint.stats().*field).load());
    });
  };
  const char* requests = "headgate_mcp_requests_total";
  const char* requests_help = "Messages of MCP clients, by the era of the protocol.";
  total(requests, requests_help, {{"era", "legacy"}}, &ServerStats::requests_legacy);
  total(requests, requests_help, {{"era", "modern"}}, &ServerStats::requests_modern);
  const char* refused = "headgate_mcp_refused_total";
  const char* refused_help = "MCP requests refused for where they come from, or for want of room.";
  total(refused, refused_help, {{"reason", "origin"}}, &ServerStats::refused_origin);
  total(refused, refused_help, {{"reason", "busy"}}, &ServerStats::refused_busy);
  total("headgate_mcp_events_dropped_total",
        "Notifications that did not reach an MCP client, for want of room or of a stream.", {},
        &ServerStats::events_dropped);
  metrics.on_scrape("headgate_mcp_sessions", "Open sessions of legacy MCP clients.", {},
                    [&endpoint] { return static_cast<double>(endpoint.sessions()); });
  metrics.on_scrape("headgate_mcp_streams", "Open streams that tell MCP clients of changes.", {},
                    [&endpoint] { return static_cast<double>(endpoint.streams()); });
}

}  // namespace headgate::server
