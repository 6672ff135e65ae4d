// The `mcp` section: what is offered to MCP clients (`server`). Plain values, read by base/config;
// everything in it is for start-up, so a reload that changes it is refused. Defaults serve nothing.
#pragma once

#include "agents/mcp_server/config.h"

namespace headgate::agents::mcp {

struct McpConfig {
  ServerConfig server;

  template <class V>
  static void fields(V& v) {
    v.field("server", &McpConfig::server, {.doc = "What is offered to MCP clients, on /mcp."});
  }
};

}  // namespace headgate::agents::mcp
