#include "agents/mcp/era.h"

#include <algorithm>

#include "agents/mcp/header_value.h"
#include "agents/mcp/object_view.h"
#include "base/json/writer.h"

namespace headgate::agents::mcp {

namespace {

RpcError mismatch(const std::string& what) {
  return {RpcCode::header_mismatch, "Header mismatch: " + what, {}, 400};
}

RpcError bad_meta(const std::string& what) {
  return {RpcCode::invalid_params, "Invalid params: " + what, {}, 400};
}

RpcError unsupported(std::string_view requested) {
  RpcError out{RpcCode::unsupported_version, "Unsupported protocol version", {}, 400};
  base::json::Writer writer(out.data);
  writer.begin_object();
  writer.member_raw("supported", supported_modern());
  writer.member("requested", requested);
  writer.end_object();
  return out;
}

std::optional<RpcError> check_name(const HeaderFields& headers, const Message& message) {
  const std::string_view field = named_by(message.method);
  if (field.empty()) return std::nullopt;
  if (!headers.name) return mismatch("Mcp-Name is missing");
  const auto said = from_header_value(*headers.name);
  if (!said) return mismatch("Mcp-Name is not encoded as it must be");
  ObjectView params(message.params);
  const auto in_body = params.string(field);
  if (in_body && *in_body != *said) {
    return mismatch("Mcp-Name does not match the body's " + std::string(field));
  }
  return std::nullopt;
}

}  // namespace

std::string_view name(Era era) { return era == Era::legacy ? "legacy" : "modern"; }

bool is_legacy(std::string_view version) {
  return std::find(kLegacy.begin(), kLegacy.end(), version) != kLegacy.end();
}

Era era_of(const HeaderFields& headers, const RequestMeta& meta) {
  if (!meta.version.empty()) return Era::modern;
  if (headers.version) return is_legacy(*headers.version) ? Era::legacy : Era::modern;
  return headers.method ? Era::modern : Era::legacy;
}

std::string_view named_by(std::string_view method) {
  if (method == method::kToolsCall || method == method::kPromptsGet) return "name";
  return method == method::kResourcesRead ? "uri" : "";
}

std::string supported_modern() { return "[\"" + std::string(kModern) + "\"]"; }

std::optional<RpcError> check_modern(const HeaderFields& headers, const Message& message,
                                     const RequestMeta& meta) {
  if (!headers.version) return mismatch("MCP-Protocol-Version is missing");
  if (meta.version.empty()) {
    return bad_meta("_meta must have \"" + std::string(key::kVersion) + "\"");
  }
  if (!meta.has_capabilities) {
    return bad_meta("_meta must have \"" + std::string(key::kCapabilities) + "\", an object");
  }
  if (*headers.version != meta.version) {
    return mismatch("MCP-Protocol-Version does not match _meta");
  }
  if (meta.version != kModern) return unsupported(meta.version);
  if (!headers.method) return mismatch("Mcp-Method is missing");
  if (*headers.method != message.method) {
    return mismatch("Mcp-Method does not match the body's method");
  }
  return check_name(headers, message);
}

}  // namespace headgate::agents::mcp
