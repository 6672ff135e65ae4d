#include "agents/mcp_auth/metadata.h"

#include <algorithm>

#include "agents/mcp/object_view.h"
#include "base/json/cursor.h"

namespace headgate::agents::mcp {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t kListMax = 200;

base::Error refused(const std::string& what) { return fail(Errc::upstream_auth, what); }

std::vector<std::string> strings(std::string_view array) {
  std::vector<std::string> out;
  base::json::Cursor cursor(array);
  if (array.empty() || !cursor.enter_array()) return out;
  while (out.size() < kListMax && cursor.next_element()) {
    base::json::Text text;
    if (cursor.maybe_string(text)) out.push_back(text.decode());
  }
  return out;
}

// The resource is the server, or a part of its path up to a slash: of the same origin in any case.
bool covers(const WebUrl& resource, const WebUrl& server) {
  if (resource.origin() != server.origin() || !resource.query.empty()) return false;
  std::string path = resource.path;
  while (path.ends_with('/')) path.pop_back();
  if (!server.path.starts_with(path)) return false;
  return server.path.size() == path.size() || server.path[path.size()] == '/';
}

Result<void> check_endpoint(const std::string& url, std::string_view what) {
  const auto parsed = parse_web_url(url);
  if (parsed) return {};
  return refused("the authorization server's " + std::string(what) + ": " + parsed.error().detail);
}

}  // namespace

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::vector<std::string> split_scopes(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty() && out.size() < kListMax) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!word.empty() && !contains(out, word)) out.emplace_back(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string join_scopes(const std::vector<std::string>& scopes) {
  std::string out;
  for (const std::string& scope : scopes) out += (out.empty() ? "" : " ") + scope;
  return out;
}

Result<ResourceMetadata> read_resource_metadata(std::string_view json, const WebUrl& server) {
  if (!base::json::valid(json)) return refused("the metadata of the MCP server is no JSON");
  ObjectView view(json);
  ResourceMetadata out;
  out.resource = view.string("resource").value_or("");
  const auto resource = parse_web_url(out.resource);
  if (!resource || !covers(*resource, server)) {
    return refused("the metadata of the MCP server is of another resource: '" +
                   out.resource.substr(0, 200) + "', not '" + server.text() + "'");
  }
  out.authorization_servers = strings(view.array("authorization_servers"));
  if (out.authorization_servers.empty()) {
    return refused("the metadata of the MCP server names no authorization server");
  }
  out.scopes = strings(view.array("scopes_supported"));
  return out;
}

Result<IssuerMetadata> read_issuer_metadata(std::string_view json, std::string_view issuer,
                                            bool needs_user) {
  if (!base::json::valid(json)) return refused("the authorization server's metadata is no JSON");
  ObjectView view(json);
  IssuerMetadata out;
  out.issuer = view.string("issuer").value_or("");
  if (out.issuer != issuer) {
    return refused("the authorization server says that it is '" + out.issuer.substr(0, 200) +
                   "', not '" + std::string(issuer) + "'");
  }
  out.authorization_endpoint = view.string("authorization_endpoint").value_or("");
  out.token_endpoint = view.string("token_endpoint").value_or("");
  out.registration_endpoint = view.string("registration_endpoint").value_or("");
  out.scopes = strings(view.array("scopes_supported"));
  out.auth_methods = strings(view.array("token_endpoint_auth_methods_supported"));
  out.has_iss = view.boolean("authorization_response_iss_parameter_supported").value_or(false);
  out.takes_metadata_documents =
      view.boolean("client_id_metadata_document_supported").value_or(false);
  if (auto ok = check_endpoint(out.token_endpoint, "token_endpoint"); !ok) return ok.error();
  if (!needs_user) return out;
  auto ok = check_endpoint(out.authorization_endpoint, "authorization_endpoint");
  if (!ok) return ok.error();
  if (!contains(strings(view.array("code_challenge_methods_supported")), "S256")) {
    return refused("the authorization server does not offer PKCE with S256");
  }
  return out;
}

}  // namespace headgate::agents::mcp
