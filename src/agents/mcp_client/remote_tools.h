// A page of a remote server's list of tools, read as far as it may be believed: names that are
// names, schemas that are schemas and lead nowhere else, descriptions within bounds. What is not
// taken is named with its reason. Pure; a fuzzer feeds it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agents/mcp/param_headers.h"
#include "agents/mcp_wire/config.h"
#include "agents/tools/tool.h"

namespace headgate::agents::mcp {

/// A tool of a remote server.
struct RemoteTool {
  std::shared_ptr<const Tool> tool;  // under our name
  std::string remote_name;
  ParamHeaders headers;
};

struct RefusedTool {
  std::string name;
  std::string why;
};

struct ToolPage {
  std::vector<RemoteTool> tools;
  std::vector<RefusedTool> refused;
  std::string next_cursor;  // empty: it was the last
  std::int64_t ttl_ms = 0;
};

/// `with_headers`: the wire has headers, so annotations for them count.
/// Errors: upstream_malformed.
base::Result<ToolPage> read_tool_page(std::string_view result, const RemoteLimits& limits,
                                      bool with_headers, const ToolNaming& naming = {});

}  // namespace headgate::agents::mcp
