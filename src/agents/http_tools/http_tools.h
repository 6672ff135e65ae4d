// Calls tools over HTTP: one loop's connections to all services that tools are at. A call is sent
// again only where its effect allows it, each time with the same key; redirects are not followed,
// for the host is the configuration's to choose. Belongs to one loop.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "agents/http_tools/call_outcome.h"
#include "agents/http_tools/request.h"
#include "base/async/task.h"
#include "http/client/client.h"
#include "http/client/proxy_environment.h"

namespace headgate::agents {

class HttpTools {
 public:
  /// `proxies` outlives it.
  HttpTools(base::Loop& loop, const http::ProxyEnvironment& proxies)
      : loop_(loop), proxies_(proxies) {}

  /// REQUIRES: the tool is one over HTTP.
  base::Async<CallOutcome> call(base::Context& ctx, const RunCall& call);
  /// Before its loop ends: closes the connections.
  void release() { clients_.clear(); }

 private:
  using ClientPtr = std::shared_ptr<http::Client>;
  base::Result<ClientPtr> client_of(const PinnedTool& tool);
  base::Async<CallOutcome> attempt(base::Context& ctx, const RunCall& call,
                                   const ToolRequest& request, const ClientPtr& client);

  base::Loop& loop_;
  const http::ProxyEnvironment& proxies_;
  std::map<std::string, ClientPtr> clients_;  // by origin and CA file
};

}  // namespace headgate::agents
