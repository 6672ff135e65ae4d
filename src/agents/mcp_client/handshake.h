// What a server says of itself when a client comes, in either era: `server/discover` or
// `initialize`. Pure: what to send, and what follows from the answer.
#pragma once

#include <optional>
#include <string>

#include "agents/mcp/era.h"
#include "agents/mcp_wire/config.h"
#include "agents/mcp_wire/wire.h"
#include "base/result.h"

namespace headgate::agents::mcp {

struct ServerFacts {
  Era era = Era::modern;
  std::string version;
  std::string name;
  std::string instructions;
  bool tools = false;
  bool tools_change = false;  // it tells when they do
};

/// What travels with a request in either era.
struct Travelling {
  std::string_view progress;  // a token as written; empty: none
  std::string_view idempotency_key;
  const base::TraceContext& trace;
  int nesting = 0;
};
/// `_meta` of a modern request, an object.
std::string modern_meta(const CallerFeatures& features, const Travelling& with);
/// Of a legacy request; empty when there is nothing to say.
std::string legacy_meta(const Travelling& with);

std::string capabilities_of(const CallerFeatures& features);
std::string initialize_params(const CallerFeatures& features);

/// What follows from the answer to `server/discover`.
enum class Discovery : std::uint8_t { modern, again, legacy };
Discovery discovered(const WireAnswer& answer, ServerFacts& facts);

/// Errors: upstream_malformed; upstream_status, when the server speaks no revision that we do.
base::Result<ServerFacts> initialized(const WireAnswer& answer);

}  // namespace headgate::agents::mcp
