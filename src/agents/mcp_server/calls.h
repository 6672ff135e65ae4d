// Requests that run something: tools/call, prompts/get, resources/read, completion/complete. What
// comes in is checked before a host sees it, what a tool returns before the client does.
#pragma once

#include "agents/mcp_server/rpc.h"
#include "base/async/task.h"

namespace headgate::agents::mcp {

base::Async<RpcReply> call_tool(RpcRequest& request);
base::Async<RpcReply> get_prompt(RpcRequest& request);
base::Async<RpcReply> read_resource(RpcRequest& request);
base::Async<RpcReply> complete(RpcRequest& request);

}  // namespace headgate::agents::mcp
