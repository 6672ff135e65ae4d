// Which method of a client is answered by whom, in either era, and the handshakes: `initialize` and
// `server/discover`. Streams of notifications (`subscriptions/listen`) are the carrier's.
#pragma once

#include "agents/mcp_server/rpc.h"
#include "base/async/task.h"

namespace headgate::agents::mcp {

/// Of any request but `initialize` and `subscriptions/listen`.
base::Async<RpcReply> answer(RpcRequest& request);

/// The result of `initialize`, and the session that it begins.
struct Initialized {
  RpcReply reply;
  std::shared_ptr<Session> session;
};
Initialized initialize(ServerState& server, const base::Context& ctx, const Message& message);

/// What the client tells without wanting an answer.
void take_notification(Session& session, const Message& message);

/// The capabilities as an object.
std::string capabilities(const Hosts& hosts, Era era);

}  // namespace headgate::agents::mcp
