// Lists of tools, prompts and resources, page by page, each entry written as the revision of its
// client knows it.
#pragma once

#include "agents/mcp_server/rpc.h"
#include "base/async/task.h"

namespace headgate::agents::mcp {

base::Async<RpcReply> list_tools(RpcRequest& request);
base::Async<RpcReply> list_prompts(RpcRequest& request);
base::Async<RpcReply> list_resources(RpcRequest& request);
base::Async<RpcReply> list_templates(RpcRequest& request);

/// Whether a client of the legacy era takes structured results by this schema: only objects.
bool has_object_root(std::string_view schema);

}  // namespace headgate::agents::mcp
