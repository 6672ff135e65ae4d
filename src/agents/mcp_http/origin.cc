#include "agents/mcp_http/origin.h"

#include <algorithm>

#include "base/json/writer.h"
#include "base/text/strings.h"

namespace headgate::agents::mcp {

namespace {

// "http://localhost:6274" to "localhost", "[::1]" with its brackets.
std::string_view host_of(std::string_view origin) {
  const std::size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return {};
  origin.remove_prefix(scheme + 3);
  if (origin.starts_with('[')) return origin.substr(0, origin.find(']') + 1);
  return origin.substr(0, origin.find(':'));
}

bool is_host_text(std::string_view host) {
  return !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == ':' || c == '[' || c == ']';
  });
}

}  // namespace

bool is_allowed_origin(const http::Headers& headers, const std::vector<std::string>& allowed) {
  if (!headers.has("origin")) return true;
  const std::string_view origin = headers.get("origin");
  const std::string_view host = host_of(origin);
  if (host == "localhost" || host == "127.0.0.1" || host == "[::1]") return true;
  return std::find(allowed.begin(), allowed.end(), origin) != allowed.end();
}

std::string resource_url(std::string_view configured, const http::Headers& headers, bool tls) {
  if (!configured.empty()) return std::string(configured);
  const std::string_view host = headers.get("host");
  const std::string where(is_host_text(host) ? host : "localhost");
  return (tls ? "https://" : "http://") + where + "/mcp";
}

std::string metadata_url(std::string_view resource) {
  const std::size_t host = resource.find("://") + 3;
  const std::size_t path = std::min(resource.find('/', host), resource.size());
  return std::string(resource.substr(0, path)) + "/.well-known/oauth-protected-resource" +
         std::string(resource.substr(path));
}

std::string resource_metadata(std::string_view resource,
                              const std::vector<std::string>& authorization_servers) {
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  writer.member("resource", resource);
  writer.member("resource_name", "Headgate");
  if (!authorization_servers.empty()) {
    writer.array("authorization_servers");
    for (const std::string& server : authorization_servers) writer.string(server);
    writer.end_array();
  }
  writer.member_raw("bearer_methods_supported", R"(["header"])");
  writer.end_object();
  return out;
}

}  // namespace headgate::agents::mcp
