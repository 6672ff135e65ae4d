// Long streams that tell of changes: the reply to `subscriptions/listen`, and the GET of a legacy
// session. Each ends when its client goes, its session does, or the server drains.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agents/mcp_http/open_streams.h"
#include "agents/mcp_server/rpc.h"
#include "http/server/exchange.h"

namespace headgate::agents::mcp {

/// What one stream tells.
struct Telling {
  std::string first;                                            // a message; empty: none
  std::string last;                                             // when the server ends it
  std::function<std::optional<std::string>(const Change&)> of;  // nothing: not wanted
};

/// The stream of a `subscriptions/listen`. Errors: what is wrong with its filter.
base::Result<Telling> listen_telling(const ServerState& server, const Message& message);
/// The stream of a session.
Telling session_telling(std::shared_ptr<Session> session);

/// Tells until `stop` or the client ends it.
base::Async<void> tell_changes(http::Exchange& exchange, base::Context& ctx, ServerState& server,
                               const Telling& telling, std::shared_ptr<base::Cancellation> stop);

}  // namespace headgate::agents::mcp
