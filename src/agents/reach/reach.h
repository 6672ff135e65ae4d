// Makes one call of a tool, wherever that is: over HTTP, at a remote MCP server, built in, or in a
// function of the program around. Whether it may be made has been decided before. A plain value
// over one loop's connections.
#pragma once

#include <string>

#include "agents/http_tools/http_tools.h"
#include "agents/native/native_tools.h"
#include "agents/retrieval/retriever.h"
#include "agents/tools/host.h"

namespace headgate::agents {

struct Reach {
  HttpTools& http;
  ToolHost* mcp;  // null: there are no remote servers
  knowledge::Retriever& retriever;
  NativeTools& native;

  base::Async<CallOutcome> call(base::Context& ctx, const RunCall& call) const;
};

/// What a model or a rule reads of it. A structured result says more than its text.
std::string words_of(const CallOutcome& outcome);
/// The name of an MCP tool in the list of all servers.
std::string remote_name(const std::string& name, const McpToolConfig& config);

}  // namespace headgate::agents
