// /mcp and the metadata of it: where the request comes from, who asks, then the MCP endpoint. Each
// runs on the loop of its exchange and returns when the reply is sent or the caller gone.
// REQUIRES, for both: services.mcp.
#pragma once

#include <string>

#include "http/server/exchange.h"
#include "server/loop_services.h"

namespace headgate::server {

base::Async<void> mcp(http::Exchange& exchange, LoopServices& services);

/// For clients without a credential, by RFC 9728.
std::string mcp_metadata(const http::Headers& headers, const McpService& service);

}  // namespace headgate::server
