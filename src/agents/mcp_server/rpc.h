// One request of a client with all that answering it may use, and the reply to it. Lives in the
// frame of whoever carries the request, on its loop.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agents/mcp/era.h"
#include "agents/mcp/message.h"
#include "agents/mcp/request_meta.h"
#include "agents/mcp/sealed_state.h"
#include "agents/mcp_server/config.h"
#include "agents/mcp_server/session.h"
#include "agents/tools/change_feed.h"
#include "agents/tools/host.h"
#include "base/json/writer.h"
#include "base/redact/redact.h"
#include "telemetry/metrics.h"
#include "telemetry/sink.h"

namespace headgate::agents::mcp {

struct RpcReply {
  std::string result;  // an object
  std::optional<RpcError> error;

  RpcReply(std::string r) : result(std::move(r)) {}  // NOLINT: a reply is either
  RpcReply(RpcError e) : error(std::move(e)) {}      // NOLINT
};

/// Where a request's own messages go before its reply.
class Outlet : public CallEvents {
 public:
  /// Asks the client (of the legacy era) and waits for its result, an object.
  /// Errors: cancelled; invalid_request, what the client answers instead.
  virtual base::Task<std::string> ask(std::string_view method, std::string_view params) = 0;
};

/// What loops lend: each its own.
struct LoopTools {
  telemetry::SpanSink& sink;
  telemetry::CallMetrics& metrics;
  base::Redactor& redactor;
};

/// Counted over all loops.
struct ServerStats {
  std::atomic<std::uint64_t> requests_legacy{0};
  std::atomic<std::uint64_t> requests_modern{0};
  std::atomic<std::uint64_t> refused_origin{0};
  std::atomic<std::uint64_t> refused_busy{0};  // sessions or streams
  std::atomic<std::uint64_t> events_dropped{0};
  std::atomic<std::int64_t> streams{0};
};

/// What all requests share; made once, outlives them.
struct ServerState {
  const ServerConfig& config;
  const Hosts hosts;
  ChangeFeed& changes;
  const StateSealer sealer;
  Sessions sessions;
  ServerStats stats;
};

struct RpcRequest {
  base::Context& ctx;
  ServerState& server;
  LoopTools& loop;
  const Message& message;
  const RequestMeta& meta;
  Era era;
  std::string version;
  CallerFeatures features;
  Outlet& outlet;
  std::shared_ptr<Session> session;  // of the legacy era
  /// The value of a header; nothing where there is none, or no headers.
  std::function<std::optional<std::string_view>(std::string_view)> header;
};

// Errors as JSON-RPC says them.
RpcError invalid_params(std::string what);
RpcError method_not_found(std::string_view method);
/// What a host could not do; never more than its words.
RpcError host_error(const base::Error& error);

/// "_meta" with the server's name, and "resultType", as results of the modern era carry.
void begin_result(const RpcRequest& request, base::json::Writer& writer,
                  std::string_view type = "complete", std::string_view more_meta = {});
/// "ttlMs" and "cacheScope" of the modern era.
void add_caching(const RpcRequest& request, base::json::Writer& writer, std::int64_t ttl_ms);
/// The server's name and version, as an object.
std::string server_info();

}  // namespace headgate::agents::mcp
