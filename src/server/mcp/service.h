// What serves MCP in this program: the hosts, the feed of what changes in them, and the endpoint
// over both. Made by app.cc when the configuration wants it; outlives the loops that use it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agents/mcp_config.h"
#include "agents/mcp_http/endpoint.h"
#include "agents/mcp_remote/assemble.h"
#include "agents/policy/guarded_host.h"
#include "agents/tools/change_feed.h"
#include "server/mcp/agent_host.h"
#include "telemetry/metrics.h"

namespace headgate::server {

class McpService {
 public:
  /// Reads secrets. `tls`: whether clients come by HTTPS. On the main thread, before the loops run.
  static base::Result<std::unique_ptr<McpService>> make(
      const agents::mcp::McpConfig& config, bool tls, const std::vector<base::Loop*>& loops,
      base::Log& log, const std::function<std::string(const std::string&)>& environment);

  agents::mcp::UnionHost& remotes() { return remotes_->host(); }
  /// REQUIRED before the loops run: who is asked before tools are called by way of /mcp, and runs
  /// the agents that are tools there.
  void set_agents(AgentService& agents);
  agents::mcp::Endpoint& endpoint() { return *endpoint_; }
  const agents::mcp::ServerConfig& config() const { return config_.server; }
  bool tls() const { return tls_; }
  void end_streams() { endpoint_->end_streams(); }
  /// Before the loops end: they hold the connections to remote servers from now on.
  void release() { remotes_->release(); }
  void add_gauges(telemetry::Metrics& metrics) const;

 private:
  McpService(const agents::mcp::McpConfig& config, bool tls) : config_(config), tls_(tls) {}
  void add_remote_gauges(telemetry::Metrics& metrics) const;

  const agents::mcp::McpConfig config_;
  const bool tls_;
  agents::ChangeFeed changes_;
  std::unique_ptr<agents::mcp::RemoteServers> remotes_;
  std::unique_ptr<agents::GuardedHost> guarded_;
  std::unique_ptr<AgentHost> tools_;
  std::unique_ptr<agents::mcp::Endpoint> endpoint_;
};

}  // namespace headgate::server
