// The requests of OAuth 2.1 that a client makes, and what comes back: registration, authorisation
// with PKCE, tokens. Pure: randomness comes in, texts go out; a fuzzer feeds what comes back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agents/mcp_auth/metadata.h"

namespace headgate::agents::mcp {

/// A client as an issuer knows it.
struct ClientIdentity {
  std::string id;
  std::string secret;  // empty: a public client
  std::string method;  // "client_secret_basic", "client_secret_post" or "none"
};

/// How a client may authenticate where it has a secret, or has none.
std::string auth_method(const IssuerMetadata& issuer, bool has_secret);

std::string registration_body(std::string_view redirect_uri, const IssuerMetadata& issuer);
/// Errors: upstream_auth.
base::Result<ClientIdentity> read_registration(std::string_view json, const IssuerMetadata& issuer);

/// One authorisation while the user is away.
struct PendingGrant {
  std::string verifier;  // of PKCE
  std::string state;
  std::string redirect_uri;
  std::string resource;
  std::vector<std::string> scopes;
};

/// Fresh secrets.
PendingGrant new_grant(std::string redirect_uri, std::string resource,
                       std::vector<std::string> scopes);
std::string authorization_url(const IssuerMetadata& issuer, const ClientIdentity& client,
                              const PendingGrant& grant);
/// The code in a callback's query. Errors: upstream_auth, when it is not the answer to this request
/// by this issuer.
base::Result<std::string> read_callback(std::string_view query, const IssuerMetadata& issuer,
                                        const PendingGrant& grant);

struct TokenRequest {
  std::string headers;  // "name: value\r\n"…
  std::string body;     // a form
};
TokenRequest code_request(const ClientIdentity& client, const PendingGrant& grant,
                          std::string_view code);
TokenRequest refresh_request(const ClientIdentity& client, std::string_view refresh_token,
                             std::string_view resource);
TokenRequest credentials_request(const ClientIdentity& client, std::string_view resource,
                                 const std::vector<std::string>& scopes);

struct Token {
  std::string access;
  std::string refresh;              // empty: none
  std::vector<std::string> scopes;  // as granted; empty: as asked for
};
/// Errors: upstream_auth; never a word of the token.
base::Result<Token> read_token(std::string_view json);

}  // namespace headgate::agents::mcp
