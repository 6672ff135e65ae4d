// OAuth for one MCP server: finds out whom to ask, registers where it must, has a user authorise or
// shows its own credential, refreshes, and asks for more scopes when the server wants them, but
// never twice for the same. Belongs to the loop of its client; outlives it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agents/mcp_auth/challenge.h"
#include "agents/mcp_auth/fetch.h"
#include "agents/mcp_auth/grant.h"
#include "agents/mcp_client/client.h"
#include "agents/mcp_wire/http_wire.h"

namespace headgate::agents::mcp {

/// Shows a user a page and waits for what their browser brings back.
class UserAgent {
 public:
  virtual ~UserAgent() = default;
  /// The query of the callback: "code=…&state=…".
  virtual base::Task<std::string> authorise(base::Context& ctx, const std::string& url) = 0;
};

struct OAuthOptions {
  std::string redirect_uri;       // where the user's browser comes back to
  std::string metadata_document;  // our client id as a URL; empty: none
  std::string client_id;          // given by the issuer beforehand; empty: none
  std::string client_secret;
  std::string issuer;               // that gave it; empty: the first that is met
  std::vector<std::string> scopes;  // beside those that the server asks for
};

class OAuth final : public Authorizer, public Credentials {
 public:
  /// `agent` null: nobody can be asked, so the client's own credential must do.
  OAuth(WebUrl server, OAuthOptions options, Fetcher fetcher, UserAgent* agent)
      : server_(std::move(server)),
        options_(std::move(options)),
        fetcher_(std::move(fetcher)),
        agent_(agent) {}

  std::string headers() const override;
  base::Task<bool> challenged(base::Context& ctx, int status, std::string_view challenge) override;

 private:
  base::Task<bool> authorise(base::Context& ctx, int status, std::string_view challenge);
  base::Task<ResourceMetadata> find_resource(base::Context& ctx, const BearerChallenge& challenge);
  base::Task<IssuerMetadata> find_issuer(base::Context& ctx, const std::string& issuer);
  base::Task<ClientIdentity> identity(base::Context& ctx, const IssuerMetadata& issuer);
  base::Task<ClientIdentity> register_client(base::Context& ctx, const IssuerMetadata& issuer);
  base::Task<Token> get_token(base::Context& ctx, const IssuerMetadata& issuer,
                              const ClientIdentity& client, const PendingGrant& grant);
  base::Task<Token> ask_token(base::Context& ctx, const IssuerMetadata& issuer,
                              const TokenRequest& request);
  std::vector<std::string> wanted_scopes(const BearerChallenge& challenge,
                                         const ResourceMetadata& resource, bool step_up) const;
  bool is_pointless(const std::vector<std::string>& scopes, bool step_up) const;
  bool can_refresh(const IssuerMetadata& issuer, bool step_up) const;

  const WebUrl server_;
  const OAuthOptions options_;
  const Fetcher fetcher_;
  UserAgent* agent_;
  std::map<std::string, ClientIdentity> clients_;  // by issuer
  std::string bound_issuer_;                       // of the client id given beforehand
  std::optional<Token> token_;
  std::string token_issuer_;
  std::vector<std::string> asked_scopes_;
  std::shared_ptr<base::Cancellation> busy_;  // told when the flow under way has ended
};

}  // namespace headgate::agents::mcp
