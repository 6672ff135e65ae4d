// The MCP endpoint: serves POST, GET and DELETE of /mcp in both eras. One for all loops; serve()
// runs on the loop of its exchange and returns when the reply is sent or the client gone. Whoever
// calls it has looked at the origin and the credential.
#pragma once

#include <memory>

#include "agents/mcp_http/open_streams.h"
#include "agents/mcp_server/rpc.h"
#include "http/server/exchange.h"

namespace headgate::agents::mcp {

class Endpoint {
 public:
  /// `config`, the hosts and `changes` outlive it. `state_secret`: empty for a key of its own.
  Endpoint(const ServerConfig& config, const Hosts& hosts, ChangeFeed& changes,
           std::string_view state_secret);

  base::Async<void> serve(http::Exchange& exchange, base::Context& ctx, LoopTools& tools);
  void count_refused_origin() { ++state_.stats.refused_origin; }
  /// Ends streams that would never end: the server drains.
  void end_streams();

  const ServerConfig& config() const { return state_.config; }
  const ServerStats& stats() const { return state_.stats; }
  std::size_t sessions() const { return state_.sessions.size(); }
  std::size_t streams() const { return streams_.size(); }

 private:
  struct Request;
  base::Async<void> post(http::Exchange& exchange, base::Context& ctx, LoopTools& tools);
  base::Async<void> modern(Request& request);
  base::Async<void> legacy(Request& request);
  base::Async<void> begin_session(Request& request);
  base::Async<void> run(Request& request, std::shared_ptr<Session> session);
  base::Async<void> listen(Request& request);
  base::Async<void> get(http::Exchange& exchange, base::Context& ctx);
  base::Async<void> remove(http::Exchange& exchange, base::Context& ctx);
  base::Async<void> tell(http::Exchange& exchange, base::Context& ctx,
                         const struct Telling& telling, std::shared_ptr<Session> session);

  ServerState state_;
  OpenStreams streams_;
};

}  // namespace headgate::agents::mcp
