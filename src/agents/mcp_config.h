// The `mcp` section: what is offered to MCP clients (`server`), and the remote servers that it
// comes from (`servers`). Plain values, read by base/config; everything in it is for start-up, so a
// reload that changes it is refused. Defaults serve nothing.
#pragma once

#include "agents/mcp_remote/config.h"
#include "agents/mcp_server/config.h"

namespace headgate::agents::mcp {

struct McpConfig {
  ServerConfig server;
  RemoteConfigs servers;

  template <class V>
  static void fields(V& v) {
    v.field("server", &McpConfig::server, {.doc = "What is offered to MCP clients, on /mcp."});
    v.field("servers", &McpConfig::servers,
            {.doc = "Remote MCP servers, by a name of your choice; their tools are offered on /mcp "
                    "as `name__tool`.",
             .max = 100});
  }
};

}  // namespace headgate::agents::mcp
