// The request that a call of an HTTP tool becomes: target, body and headers from its templates and
// arguments. Pure but for the secrets, which are read when it is made.
#pragma once

#include <string>
#include <string_view>

#include "agents/definitions/pinned.h"
#include "base/context.h"
#include "http/message.h"

namespace headgate::agents {

/// One call of a tool, wherever that is.
struct RunCall {
  const PinnedTool& tool;
  std::string_view arguments;  // an object that fits the tool's schema
  std::string_view key;        // the same whenever this call is sent
  std::string_view run_id;
  std::string_view said = {};  // by whoever approved it
  int nesting = 0;             // runs that it comes from (reach/nesting.h)
};

struct ToolRequest {
  http::Method method = http::Method::post;
  std::string target;  // path and query
  std::string headers;
  std::string body;
};

/// REQUIRES: call.tool has templates. Errors: invalid_request, naming an argument; config_invalid,
/// a secret that cannot be read.
base::Result<ToolRequest> make_request(const base::Context& ctx, const RunCall& call);

}  // namespace headgate::agents
