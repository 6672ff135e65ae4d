// The metadata of a protected resource (RFC 9728) and of an authorization server (RFC 8414), read
// and judged: who is believed, and what for. Pure; a fuzzer feeds it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agents/mcp_auth/web_url.h"

namespace headgate::agents::mcp {

struct ResourceMetadata {
  std::string resource;
  std::vector<std::string> authorization_servers;  // issuers; not empty
  std::vector<std::string> scopes;
};

/// Errors: upstream_auth, when it is not of `server`, or names nobody to ask.
base::Result<ResourceMetadata> read_resource_metadata(std::string_view json, const WebUrl& server);

struct IssuerMetadata {
  std::string issuer;
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string registration_endpoint;  // empty: none
  std::vector<std::string> scopes;
  std::vector<std::string> auth_methods;  // of the token endpoint; empty: it does not say
  bool has_iss = false;                   // its callbacks say who it is
  bool takes_metadata_documents = false;  // URLs as client ids
};

/// Errors: upstream_auth, when it is another issuer's than `issuer`, or without what this takes.
/// `needs_user`: whether somebody is to authorise, which takes PKCE.
base::Result<IssuerMetadata> read_issuer_metadata(std::string_view json, std::string_view issuer,
                                                  bool needs_user);

bool contains(const std::vector<std::string>& list, std::string_view word);
std::vector<std::string> split_scopes(std::string_view text);
std::string join_scopes(const std::vector<std::string>& scopes);

}  // namespace headgate::agents::mcp
