// The HTTP side of replies: heads with the request's ids, single JSON replies, the bytes of events.
// Runs on the loop of the exchange.
#pragma once

#include <string>
#include <string_view>

#include "agents/mcp/message.h"
#include "base/context.h"
#include "http/server/exchange.h"

namespace headgate::agents::mcp {

/// With the request's ids.
http::ReplyHead reply_head(const base::Context& ctx, int status, std::string_view content_type);
/// Of a stream of events, which no proxy is to hold back.
http::ReplyHead event_head(const base::Context& ctx);

/// One JSON-RPC error; `id` as written, empty when it could not be read.
base::Async<void> reply_error(http::Exchange& exchange, const base::Context& ctx,
                              std::string_view id, const RpcError& error,
                              std::string_view allow = {});
/// No body.
base::Async<void> reply_status(http::Exchange& exchange, const base::Context& ctx, int status);

/// One message as an event; line ends between JSON's tokens become blanks.
std::string event_of(std::string_view message);

/// What the caller takes.
struct Accepts {
  bool json = false;
  bool events = false;
};
Accepts accepted_by(const http::Headers& headers);
bool has_json_body(const http::Headers& headers);

}  // namespace headgate::agents::mcp
