#include "agents/mcp_server/rpc.h"

#include "agents/mcp/protocol.h"

namespace headgate::agents::mcp {

RpcError invalid_params(std::string what) { return {RpcCode::invalid_params, std::move(what), {}}; }

RpcError method_not_found(std::string_view method) {
  return {RpcCode::method_not_found, "Method not found: " + std::string(method), {}, 404};
}

RpcError host_error(const base::Error& error) {
  switch (error.code) {
    case base::Errc::invalid_request:
    case base::Errc::not_found:
    case base::Errc::permission_denied: return invalid_params(error.detail);
    default: return {RpcCode::internal_error, error.detail, {}};
  }
}

std::string server_info() {
  return R"({"name":"headgate","title":"Headgate","version":")" HEADGATE_VERSION R"("})";
}

void begin_result(const RpcRequest& request, base::json::Writer& writer, std::string_view type,
                  std::string_view more_meta) {
  writer.begin_object();
  const bool modern = request.era == Era::modern;
  if (modern) writer.member("resultType", type);
  if (!modern && more_meta.empty()) return;
  writer.object("_meta");
  if (modern) writer.member_raw(key::kServerInfo, server_info());
  if (!more_meta.empty()) writer.raw(more_meta);
  writer.end_object();
}

void add_caching(const RpcRequest& request, base::json::Writer& writer, std::int64_t ttl_ms) {
  if (request.era != Era::modern) return;
  writer.member("ttlMs", ttl_ms);
  writer.member("cacheScope", "private");
}

}  // namespace headgate::agents::mcp
