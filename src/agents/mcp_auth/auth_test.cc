// What is believed of whoever gives credentials: challenges, metadata, callbacks, tokens.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "agents/mcp_auth/challenge.h"
#include "agents/mcp_auth/grant.h"

namespace headgate::agents::mcp {
namespace {

TEST(Challenge, IsReadInWhateverOrder) {
  const auto one = read_challenge(
      R"(Bearer error="insufficient_scope", scope="a b", resource_metadata="https://x/y")");
  EXPECT_EQ(one.error, "insufficient_scope");
  EXPECT_EQ(one.scope, "a b");
  EXPECT_EQ(one.resource_metadata, "https://x/y");
  EXPECT_EQ(read_challenge(R"(bearer SCOPE=a,error=b)").scope, "a");
  EXPECT_EQ(read_challenge(R"(Bearer realm="a \"b\", scope=\"c\"", scope="d")").scope, "d");
}

TEST(Challenge, WhatIsMalformedIsNotThere) {
  for (const char* header : {"", "Bearer", "Basic scope=\"a\"", "Bearer scope", "Bearer =a",
                             "Bearer scope=\"a", "BearerX scope=a"}) {
    EXPECT_EQ(read_challenge(header).scope, "") << header;
  }
  EXPECT_EQ(read_challenge("Bearer scope=" + std::string(10'000, 'a')).scope, "");
}

TEST(WebUrl, OnlyWhatMayBeAsked) {
  const std::vector<std::string> right{"https://a.example", "https://a.example:8443/b/c?d=e",
                                       "http://127.0.0.1:9/x", "http://localhost", "http://[::1]/"};
  const std::vector<std::string> wrong{"http://a.example",
                                       "https://u:p@a.example",
                                       "ftp://a",
                                       "//a",
                                       "a",
                                       "",
                                       "https://a/#b",
                                       "https://a b/",
                                       "http://127.0.0.1.evil.example",
                                       "http://169.254.169.254/",
                                       "javascript:alert(1)",
                                       "file:///etc/passwd"};
  for (const auto& url : right) EXPECT_TRUE(parse_web_url(url).has_value()) << url;
  for (const auto& url : wrong) EXPECT_FALSE(parse_web_url(url).has_value()) << url;
  EXPECT_EQ(parse_web_url("https://a.example:8443/b?c")->text(), "https://a.example:8443/b?c");
}

TEST(WebUrl, WhereMetadataStands) {
  using List = std::vector<std::string>;
  EXPECT_EQ(resource_metadata_urls(*parse_web_url("https://a/mcp")),
            (List{"https://a/.well-known/oauth-protected-resource/mcp",
                  "https://a/.well-known/oauth-protected-resource"}));
  EXPECT_EQ(issuer_metadata_urls(*parse_web_url("https://a")),
            (List{"https://a/.well-known/oauth-authorization-server",
                  "https://a/.well-known/openid-configuration"}));
  EXPECT_EQ(issuer_metadata_urls(*parse_web_url("https://a/t/")),
            (List{"https://a/.well-known/oauth-authorization-server/t",
                  "https://a/.well-known/openid-configuration/t",
                  "https://a/t/.well-known/openid-configuration"}));
}

RC_GTEST_PROP(WebUrl, FormsComeBack, (const std::string& name, const std::string& value)) {
  RC_PRE(!name.empty());
  const std::string form = write_form({{"other", "x"}, {name + "!", value}});
  RC_ASSERT(form_value(form, name + "!") == value);
}

std::string resource(std::string_view url) {
  return R"({"resource":")" + std::string(url) +
         R"(","authorization_servers":["https://i.example"],"scopes_supported":["a","b"]})";
}

TEST(Metadata, OfTheResourceThatIsCalledAndNoOther) {
  const WebUrl server = *parse_web_url("https://s.example/v1/mcp");
  for (const char* url : {"https://s.example/v1/mcp", "https://s.example/v1", "https://s.example/",
                          "https://s.example"}) {
    EXPECT_TRUE(read_resource_metadata(resource(url), server).has_value()) << url;
  }
  for (const char* url :
       {"https://evil.example/v1/mcp", "https://s.example/v1/mc", "https://s.example/v1/mcp/x",
        "https://s.example:444/v1/mcp", "http://s.example/v1/mcp", "https://s.example/?x", ""}) {
    EXPECT_FALSE(read_resource_metadata(resource(url), server).has_value()) << url;
  }
  EXPECT_FALSE(read_resource_metadata(R"({"resource":"https://s.example"})", server).has_value());
  EXPECT_FALSE(read_resource_metadata("no", server).has_value());
}

std::string issuer_json(std::string_view issuer, std::string_view more) {
  return R"({"issuer":")" + std::string(issuer) +
         R"(","authorization_endpoint":"https://i.example/a","token_endpoint":"https://i.example/t")" +
         std::string(more) + "}";
}
constexpr std::string_view kPkce = R"(,"code_challenge_methods_supported":["plain","S256"])";

TEST(Metadata, OfTheIssuerThatWasAskedByteByByte) {
  const std::string json = issuer_json("https://i.example", kPkce);
  EXPECT_TRUE(read_issuer_metadata(json, "https://i.example", true).has_value());
  EXPECT_FALSE(read_issuer_metadata(json, "https://i.example/", true).has_value());
  EXPECT_FALSE(read_issuer_metadata(json, "https://I.example", true).has_value());
  const std::string no_pkce = issuer_json("https://i.example", "");
  EXPECT_FALSE(read_issuer_metadata(no_pkce, "https://i.example", true).has_value());
  EXPECT_TRUE(read_issuer_metadata(no_pkce, "https://i.example", false).has_value());
  const std::string plain_http = R"({"issuer":"https://i.example",
      "token_endpoint":"http://10.0.0.1/t"})";
  EXPECT_FALSE(read_issuer_metadata(plain_http, "https://i.example", false).has_value());
}

class GrantTest : public testing::Test {
 protected:
  GrantTest() {
    issuer_.issuer = "https://i.example";
    issuer_.authorization_endpoint = "https://i.example/a?x=1";
  }
  std::string callback(std::string_view more) const {
    return "code=c%2B1&state=" + grant_.state + std::string(more);
  }
  IssuerMetadata issuer_;
  PendingGrant grant_ = new_grant("http://127.0.0.1:1/cb", "https://s.example/mcp", {"a", "b"});
  ClientIdentity client_{"id:1", "se cret", "client_secret_basic"};
};

TEST_F(GrantTest, AuthorisationSaysWhatItIsFor) {
  const std::string url = authorization_url(issuer_, client_, grant_);
  EXPECT_EQ(url.find("https://i.example/a?x=1&"), 0U);
  const std::string query = url.substr(url.find('?') + 1);
  EXPECT_EQ(form_value(query, "resource"), "https://s.example/mcp");
  EXPECT_EQ(form_value(query, "scope"), "a b");
  EXPECT_EQ(form_value(query, "code_challenge_method"), "S256");
  EXPECT_EQ(form_value(query, "code_challenge")->size(), 43U);
  EXPECT_EQ(url.find(grant_.verifier), std::string::npos);
  EXPECT_GE(grant_.verifier.size(), 43U);
  EXPECT_NE(new_grant("", "", {}).state, grant_.state);
}

TEST_F(GrantTest, ACallbackMustBeTheAnswerOfThisIssuer) {
  EXPECT_EQ(*read_callback(callback(""), issuer_, grant_), "c+1");
  EXPECT_TRUE(read_callback(callback("&iss=https%3A%2F%2Fi.example"), issuer_, grant_).has_value());
  for (const char* more : {"&iss=https%3A%2F%2Fi.example%2F", "&iss=https%3A%2F%2Fevil.example",
                           "&iss=", "&error=access_denied"}) {
    EXPECT_FALSE(read_callback(callback(more), issuer_, grant_).has_value()) << more;
  }
  EXPECT_FALSE(read_callback("code=c&state=other", issuer_, grant_).has_value());
  EXPECT_FALSE(read_callback("code=c", issuer_, grant_).has_value());
  EXPECT_FALSE(read_callback("state=" + grant_.state, issuer_, grant_).has_value());
  issuer_.has_iss = true;
  EXPECT_FALSE(read_callback(callback(""), issuer_, grant_).has_value());
}

TEST_F(GrantTest, TheClientShowsItselfInTheWayThatTheIssuerWants) {
  const TokenRequest basic = code_request(client_, grant_, "c");
  EXPECT_NE(basic.headers.find("Basic aWQlM0ExOnNlJTIwY3JldA=="), std::string::npos);
  EXPECT_EQ(basic.body.find("secret"), std::string::npos);
  EXPECT_EQ(form_value(basic.body, "code_verifier"), grant_.verifier);
  EXPECT_EQ(form_value(basic.body, "resource"), grant_.resource);
  client_.method = "client_secret_post";
  const TokenRequest post = code_request(client_, grant_, "c");
  EXPECT_EQ(form_value(post.body, "client_secret"), "se cret");
  EXPECT_EQ(post.headers.find("Basic"), std::string::npos);
  client_ = {"https://c/x.json", "", "none"};
  const TokenRequest none = code_request(client_, grant_, "c");
  EXPECT_EQ(form_value(none.body, "client_id"), "https://c/x.json");
  EXPECT_EQ(form_value(none.body, "client_secret"), std::nullopt);
}

TEST(Grant, MethodsOfTheTokenEndpoint) {
  IssuerMetadata issuer;
  EXPECT_EQ(auth_method(issuer, true), "client_secret_basic");
  EXPECT_EQ(auth_method(issuer, false), "none");
  issuer.auth_methods = {"client_secret_post"};
  EXPECT_EQ(auth_method(issuer, true), "client_secret_post");
  issuer.auth_methods = {"client_secret_post", "client_secret_basic"};
  EXPECT_EQ(auth_method(issuer, true), "client_secret_basic");
}

TEST(Grant, TokensAreHeldAgainstWhatAHeaderCanHold) {
  const auto token =
      read_token(R"({"access_token":"t","token_type":"bearer","refresh_token":"r","scope":"a b"})");
  ASSERT_TRUE(token.has_value());
  EXPECT_EQ(token->refresh, "r");
  EXPECT_EQ(token->scopes, (std::vector<std::string>{"a", "b"}));
  for (const char* json : {R"({"token_type":"Bearer"})", R"({"access_token":"t"})", "no",
                           R"({"access_token":"t","token_type":"DPoP"})",
                           R"({"access_token":"t\r\nx: y","token_type":"Bearer"})",
                           R"({"error":"invalid_grant","error_description":"gone"})"}) {
    EXPECT_FALSE(read_token(json).has_value()) << json;
  }
  const auto refused = read_token(R"({"error":"invalid_grant","error_description":"gone"})");
  EXPECT_NE(refused.error().detail.find("invalid_grant: gone"), std::string::npos);
}

TEST(Grant, RegistrationsAreReadAsTheyAreMeant) {
  const IssuerMetadata issuer;
  const auto secret = read_registration(R"({"client_id":"i","client_secret":"s"})", issuer);
  EXPECT_EQ(secret->method, "client_secret_basic");
  const auto open = read_registration(
      R"({"client_id":"i","token_endpoint_auth_method":"client_secret_basic"})", issuer);
  EXPECT_EQ(open->method, "none");
  EXPECT_FALSE(read_registration(R"({"error":"invalid_redirect_uri"})", issuer).has_value());
}

}  // namespace
}  // namespace headgate::agents::mcp
