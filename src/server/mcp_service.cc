#include "server/mcp_service.h"

#include <functional>

namespace headgate::server {

using agents::mcp::ServerStats;
using base::Result;

Result<std::unique_ptr<McpService>> McpService::make(const agents::mcp::McpConfig& config,
                                                     bool tls) {
  std::string secret;
  if (!config.server.state_secret.empty()) {
    auto read = config.server.state_secret.resolve();
    if (!read) return read.error();
    secret = std::move(*read);
  }
  return std::unique_ptr<McpService>(new McpService(config, tls, secret));
}

McpService::McpService(const agents::mcp::McpConfig& config, bool tls, const std::string& secret)
    : config_(config), tls_(tls), endpoint_(config_.server, {}, changes_, secret) {}

void McpService::add_gauges(telemetry::Metrics& metrics) const {
  const agents::mcp::Endpoint& endpoint = endpoint_;
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
