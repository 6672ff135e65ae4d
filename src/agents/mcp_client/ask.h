// One request of a RemoteServer, whatever the era of the server, and a listener for when nothing is
// expected to be told. Internal to the folder.
#pragma once

#include <string>
#include <vector>

#include "agents/mcp_client/client.h"

namespace headgate::agents::mcp {

struct RemoteServer::Ask {
  std::string method;
  std::string members;  // "\"name\":…,…" of the parameters; empty: none
  std::string name;     // mirrored in Mcp-Name; empty: none
  std::vector<HeaderLine> headers;
  CallerFeatures features;
  std::string idempotency_key;  // empty: none
  int nesting = 0;              // of a call of a tool
  bool wants_progress = false;
  bool once = false;
};

/// Hears nothing, and answers nothing but pings.
class Deaf final : public WireListener {
 public:
  void told(const Message& /*notification*/) override {}
  base::Task<std::string> asked(base::Context& ctx, const Message& request) override;
};

/// What JSON-RPC's error is to us.
base::Error error_of(const WireError& error);

}  // namespace headgate::agents::mcp
