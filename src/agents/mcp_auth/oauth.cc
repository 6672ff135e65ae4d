#include "agents/mcp_auth/oauth.h"

#include <utility>

#include "base/async/loop.h"

namespace headgate::agents::mcp {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr std::string_view kOffline = "offline_access";

base::Error refused(const std::string& what) { return fail(Errc::upstream_auth, what); }

}  // namespace

std::string OAuth::headers() const {
  return token_ ? "authorization: Bearer " + token_->access + "\r\n" : std::string();
}

Task<ResourceMetadata> OAuth::find_resource(base::Context& ctx, const BearerChallenge& challenge) {
  std::vector<std::string> urls = resource_metadata_urls(server_);
  if (!challenge.resource_metadata.empty()) urls = {challenge.resource_metadata};
  for (const std::string& url : urls) {
    auto fetched = co_await fetcher_.get(ctx, url);
    if (!fetched) co_return fetched.error();
    if (fetched->status == 200) co_return read_resource_metadata(fetched->body, server_);
  }
  co_return refused("the MCP server wants a credential and does not say from whom");
}

Task<IssuerMetadata> OAuth::find_issuer(base::Context& ctx, const std::string& issuer) {
  const auto parsed = parse_web_url(issuer);
  if (!parsed) co_return refused(parsed.error().detail);
  const std::vector<std::string> urls = issuer_metadata_urls(*parsed);
  for (const std::string& url : urls) {
    auto fetched = co_await fetcher_.get(ctx, url);
    if (!fetched) co_return fetched.error();
    if (fetched->status == 200) {
      co_return read_issuer_metadata(fetched->body, issuer, agent_ != nullptr);
    }
  }
  co_return refused("the authorization server '" + issuer + "' has no metadata");
}

Task<ClientIdentity> OAuth::register_client(base::Context& ctx, const IssuerMetadata& issuer) {
  if (issuer.registration_endpoint.empty()) {
    co_return refused("'" + issuer.issuer + "' registers no clients; give it a client_id");
  }
  const std::string body = registration_body(options_.redirect_uri, issuer);
  const std::string headers = "content-type: application/json\r\naccept: application/json\r\n";
  auto fetched = co_await fetcher_.post(ctx, issuer.registration_endpoint, headers, body);
  if (!fetched) co_return fetched.error();
  co_return read_registration(fetched->body, issuer);
}

// Credentials belong to the issuer that gave them: another one never sees them.
Task<ClientIdentity> OAuth::identity(base::Context& ctx, const IssuerMetadata& issuer) {
  const auto known = clients_.find(issuer.issuer);
  if (known != clients_.end()) co_return known->second;
  const std::string& bound = options_.issuer.empty() ? bound_issuer_ : options_.issuer;
  ClientIdentity client;
  if (!options_.client_id.empty() && (bound.empty() || bound == issuer.issuer)) {
    bound_issuer_ = issuer.issuer;
    client = {options_.client_id, options_.client_secret,
              auth_method(issuer, !options_.client_secret.empty())};
  } else if (!options_.metadata_document.empty() && issuer.takes_metadata_documents) {
    client = {options_.metadata_document, "", "none"};
  } else if (agent_ == nullptr) {
    co_return refused("there is no client_id of '" + issuer.issuer + "'");
  } else {
    auto registered = co_await register_client(ctx, issuer);
    if (!registered) co_return registered.error();
    client = std::move(*registered);
  }
  clients_[issuer.issuer] = client;
  co_return client;
}

std::vector<std::string> OAuth::wanted_scopes(const BearerChallenge& challenge,
                                              const ResourceMetadata& resource,
                                              bool step_up) const {
  std::vector<std::string> out = options_.scopes;
  const auto add = [&](const std::vector<std::string>& more) {
    for (const std::string& scope : more) {
      if (!contains(out, scope)) out.push_back(scope);
    }
  };
  if (step_up) add(asked_scopes_);
  const std::vector<std::string> asked = split_scopes(challenge.scope);
  add(asked.empty() ? resource.scopes : asked);
  return out;
}

// A server that refuses what it has asked for would refuse it for ever.
bool OAuth::is_pointless(const std::vector<std::string>& scopes, bool step_up) const {
  if (!step_up || !token_) return false;
  for (const std::string& scope : scopes) {
    if (!contains(asked_scopes_, scope)) return false;
  }
  return true;
}

bool OAuth::can_refresh(const IssuerMetadata& issuer, bool step_up) const {
  return !step_up && token_ && !token_->refresh.empty() && token_issuer_ == issuer.issuer;
}

Task<Token> OAuth::ask_token(base::Context& ctx, const IssuerMetadata& issuer,
                             const TokenRequest& request) {
  auto fetched = co_await fetcher_.post(ctx, issuer.token_endpoint, request.headers, request.body);
  if (!fetched) co_return fetched.error();
  co_return read_token(fetched->body);
}

Task<Token> OAuth::get_token(base::Context& ctx, const IssuerMetadata& issuer,
                             const ClientIdentity& client, const PendingGrant& grant) {
  if (agent_ == nullptr) {
    const TokenRequest own = credentials_request(client, grant.resource, grant.scopes);
    auto token = co_await ask_token(ctx, issuer, own);
    co_return token;
  }
  const std::string url = authorization_url(issuer, client, grant);
  auto callback = co_await agent_->authorise(ctx, url);
  if (!callback) co_return callback.error();
  const auto code = read_callback(*callback, issuer, grant);
  if (!code) co_return code.error();
  const TokenRequest exchange = code_request(client, grant, *code);
  auto token = co_await ask_token(ctx, issuer, exchange);
  co_return token;
}

// One flow at a time: whoever comes meanwhile takes what it brings.
Task<bool> OAuth::challenged(base::Context& ctx, int status, std::string_view header) {
  if (busy_) {
    const std::string before = headers();
    const std::shared_ptr<base::Cancellation> ended = busy_;
    co_await base::sleep_until(ctx.loop, ctx.deadline, *ended);
    co_return headers() != before;
  }
  busy_ = std::make_shared<base::Cancellation>();
  auto again = co_await authorise(ctx, status, header);
  std::exchange(busy_, nullptr)->cancel();
  co_return again;
}

Task<bool> OAuth::authorise(base::Context& ctx, int status, std::string_view header) {
  const BearerChallenge challenge = read_challenge(header);
  const bool step_up = status == 403;
  if (step_up && challenge.error != "insufficient_scope") co_return false;
  auto resource = co_await find_resource(ctx, challenge);
  if (!resource) co_return resource.error();
  auto scopes = wanted_scopes(challenge, *resource, step_up);
  if (is_pointless(scopes, step_up)) co_return false;
  const std::string issuer_name = resource->authorization_servers.front();
  auto issuer = co_await find_issuer(ctx, issuer_name);
  if (!issuer) co_return issuer.error();
  auto client = co_await identity(ctx, *issuer);
  if (!client) co_return client.error();
  if (can_refresh(*issuer, step_up)) {
    const TokenRequest again = refresh_request(*client, token_->refresh, resource->resource);
    auto fresh = co_await ask_token(ctx, *issuer, again);
    const std::string refresh = std::exchange(token_->refresh, {});  // once, whatever comes of it
    if (fresh) {
      if (fresh->refresh.empty()) fresh->refresh = refresh;
      token_ = std::move(*fresh);
      co_return true;
    }
  }
  if (agent_ != nullptr && contains(issuer->scopes, kOffline) && !contains(scopes, kOffline)) {
    scopes.emplace_back(kOffline);
  }
  const PendingGrant grant = new_grant(options_.redirect_uri, resource->resource, scopes);
  auto token = co_await get_token(ctx, *issuer, *client, grant);
  if (!token) co_return token.error();
  token_ = std::move(*token);
  token_issuer_ = issuer->issuer;
  asked_scopes_ = grant.scopes;
  co_return true;
}

}  // namespace headgate::agents::mcp
