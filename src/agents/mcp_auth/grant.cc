#include "agents/mcp_auth/grant.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agents/mcp/object_view.h"
#include "base/json/cursor.h"
#include "base/json/writer.h"
#include "base/random.h"
#include "base/text/base64.h"
#include "base/text/sha256.h"
#include "base/text/strings.h"

namespace headgate::agents::mcp {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t kTokenBytesMax = 16 * 1024;
constexpr std::string_view kBasic = "client_secret_basic";
constexpr std::string_view kPost = "client_secret_post";
constexpr std::string_view kNone = "none";

base::Error refused(const std::string& what) { return fail(Errc::upstream_auth, what); }

std::string base64url(std::string_view bytes) {
  std::string out = base::base64(bytes);
  while (out.ends_with('=')) out.pop_back();
  std::replace(out.begin(), out.end(), '+', '-');
  std::replace(out.begin(), out.end(), '/', '_');
  return out;
}

std::string random_text() {
  std::array<std::uint8_t, 32> bytes{};
  base::secure_random(bytes);
  return base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

// A credential travels in headers: nothing but what they can hold.
bool is_credential(std::string_view text) {
  return !text.empty() && text.size() <= kTokenBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

// What an endpoint says that refuses, for people.
std::string words_of(ObjectView& view) {
  constexpr std::size_t kWordsMax = 300;
  std::string out = view.string("error").value_or("");
  const std::string more = view.string("error_description").value_or("");
  if (!more.empty()) out += ": " + more;
  return out.substr(0, kWordsMax);
}

TokenRequest token_request(const ClientIdentity& client, Form form) {
  TokenRequest out;
  if (client.method == kBasic) {
    const std::string pair = form_encoded(client.id) + ":" + form_encoded(client.secret);
    out.headers = "authorization: Basic " + base::base64(pair) + "\r\n";
  } else {
    form.emplace_back("client_id", client.id);
    if (client.method == kPost) form.emplace_back("client_secret", client.secret);
  }
  out.headers += "content-type: application/x-www-form-urlencoded\r\naccept: application/json\r\n";
  out.body = write_form(form);
  return out;
}

}  // namespace

std::string auth_method(const IssuerMetadata& issuer, bool has_secret) {
  if (!has_secret) return std::string(kNone);
  const auto& methods = issuer.auth_methods;
  const bool basic = methods.empty() || contains(methods, kBasic);
  return std::string(!basic && contains(methods, kPost) ? kPost : kBasic);
}

std::string registration_body(std::string_view redirect_uri, const IssuerMetadata& issuer) {
  const auto& methods = issuer.auth_methods;
  const bool is_public = contains(methods, kNone);
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  writer.member("client_name", "Headgate");
  writer.array("redirect_uris");
  writer.string(redirect_uri);
  writer.end_array();
  writer.member_raw("grant_types", R"(["authorization_code","refresh_token"])");
  writer.member_raw("response_types", R"(["code"])");
  writer.member("token_endpoint_auth_method",
                is_public ? std::string(kNone) : auth_method(issuer, true));
  writer.member("application_type", "native");
  writer.end_object();
  return out;
}

Result<ClientIdentity> read_registration(std::string_view json, const IssuerMetadata& issuer) {
  if (!base::json::valid(json)) return refused("the answer to the registration is no JSON");
  ObjectView view(json);
  ClientIdentity out;
  out.id = view.string("client_id").value_or("");
  out.secret = view.string("client_secret").value_or("");
  if (out.id.empty()) return refused("the registration was refused: " + words_of(view));
  out.method = view.string("token_endpoint_auth_method").value_or("");
  const bool known = out.method == kBasic || out.method == kPost || out.method == kNone;
  if (!known || (out.secret.empty() && out.method != kNone)) {
    out.method = auth_method(issuer, !out.secret.empty());
  }
  return out;
}

PendingGrant new_grant(std::string redirect_uri, std::string resource,
                       std::vector<std::string> scopes) {
  return {random_text(), random_text(), std::move(redirect_uri), std::move(resource),
          std::move(scopes)};
}

std::string authorization_url(const IssuerMetadata& issuer, const ClientIdentity& client,
                              const PendingGrant& grant) {
  Form form{{"response_type", "code"},
            {"client_id", client.id},
            {"redirect_uri", grant.redirect_uri},
            {"state", grant.state},
            {"code_challenge", base64url(base::sha256(grant.verifier))},
            {"code_challenge_method", "S256"},
            {"resource", grant.resource}};
  if (!grant.scopes.empty()) form.emplace_back("scope", join_scopes(grant.scopes));
  const bool has_query = issuer.authorization_endpoint.find('?') != std::string::npos;
  return issuer.authorization_endpoint + (has_query ? "&" : "?") + write_form(form);
}

Result<std::string> read_callback(std::string_view query, const IssuerMetadata& issuer,
                                  const PendingGrant& grant) {
  const auto state = form_value(query, "state");
  if (state != grant.state) return refused("the callback is not the answer to our request");
  const auto iss = form_value(query, "iss");
  if (iss && *iss != issuer.issuer) {
    return refused("the callback comes from another issuer: '" + iss->substr(0, 200) + "'");
  }
  if (!iss && issuer.has_iss) return refused("the callback does not say which issuer it is from");
  const auto error = form_value(query, "error");
  if (error) return refused("the authorisation was refused: " + error->substr(0, 200));
  auto code = form_value(query, "code");
  if (!code || code->empty()) return refused("the callback has no code");
  return std::move(*code);
}

TokenRequest code_request(const ClientIdentity& client, const PendingGrant& grant,
                          std::string_view code) {
  return token_request(client, {{"grant_type", "authorization_code"},
                                {"code", std::string(code)},
                                {"redirect_uri", grant.redirect_uri},
                                {"code_verifier", grant.verifier},
                                {"resource", grant.resource}});
}

TokenRequest refresh_request(const ClientIdentity& client, std::string_view refresh_token,
                             std::string_view resource) {
  return token_request(client, {{"grant_type", "refresh_token"},
                                {"refresh_token", std::string(refresh_token)},
                                {"resource", std::string(resource)}});
}

TokenRequest credentials_request(const ClientIdentity& client, std::string_view resource,
                                 const std::vector<std::string>& scopes) {
  Form form{{"grant_type", "client_credentials"}, {"resource", std::string(resource)}};
  if (!scopes.empty()) form.emplace_back("scope", join_scopes(scopes));
  return token_request(client, std::move(form));
}

Result<Token> read_token(std::string_view json) {
  if (!base::json::valid(json)) return refused("the answer of the token endpoint is no JSON");
  ObjectView view(json);
  Token out;
  out.access = view.string("access_token").value_or("");
  if (out.access.empty()) return refused("no token was given: " + words_of(view));
  if (!base::iequals(view.string("token_type").value_or(""), "bearer")) {
    return refused("the token is of a type that this client does not know");
  }
  if (!is_credential(out.access)) return refused("the token is none that a header could hold");
  out.refresh = view.string("refresh_token").value_or("");
  out.scopes = split_scopes(view.string("scope").value_or(""));
  return out;
}

}  // namespace headgate::agents::mcp
