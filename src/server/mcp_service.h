// What serves MCP in this program: the hosts, the feed of what changes in them, and the endpoint
// over both. Made by app.cc when the configuration wants it; outlives the loops that use it.
#pragma once

#include <memory>
#include <string>

#include "agents/mcp_config.h"
#include "agents/mcp_http/endpoint.h"
#include "agents/tools/change_feed.h"
#include "telemetry/metrics.h"

namespace headgate::server {

class McpService {
 public:
  /// Reads the secret of states. `tls`: whether clients come by HTTPS.
  static base::Result<std::unique_ptr<McpService>> make(const agents::mcp::McpConfig& config,
                                                        bool tls);

  agents::mcp::Endpoint& endpoint() { return endpoint_; }
  const agents::mcp::ServerConfig& config() const { return config_.server; }
  bool tls() const { return tls_; }
  void end_streams() { endpoint_.end_streams(); }
  void add_gauges(telemetry::Metrics& metrics) const;

 private:
  McpService(const agents::mcp::McpConfig& config, bool tls, const std::string& secret);

  const agents::mcp::McpConfig config_;
  const bool tls_;
  agents::ChangeFeed changes_;
  agents::mcp::Endpoint endpoint_;
};

}  // namespace headgate::server
