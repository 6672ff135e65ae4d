#include "base/redact/tokens.h"

#include <gtest/gtest.h>

#include "base/redact/samples_test.h"

namespace headgate::base::redact {
namespace {

struct Whole {
  std::string secret;
  std::string_view kind;
};

std::string jwt(std::size_t signature) {
  return glue("ey", "J", noise(20), ".") + glue("ey", "J", noise(30), ".") + noise(signature);
}
std::string pem_first() { return glue("-----BEGIN RSA PRIV", "ATE KEY-----"); }
std::string pem_last() { return glue("-----END RSA PRIV", "ATE KEY-----"); }

// Secrets that go as a whole.
std::vector<Whole> whole_tokens() {
  return {
      {glue("sk", "-", noise(48)), "api_key"},
      {glue("sk", "-proj-", noise(40), "_" + noise(30)), "api_key"},
      {glue("sk", "-ant-api03-", noise(60), "-AA"), "api_key"},
      {glue("sk", "-or-v1-", hex_digits(64)), "api_key"},
      {glue("sk", "-", hex_digits(32)), "api_key"},
      {glue("sk", "_live_", noise(24)), "stripe_key"},
      {glue("sk", "_test_", noise(24)), "stripe_key"},
      {glue("rk", "_test_", noise(24)), "stripe_key"},
      {glue("wh", "sec_", noise(32)), "stripe_key"},
      {glue("AI", "za", noise(35)), "google_key"},
      {glue("ya", "29.", noise(60)), "google_token"},
      {glue("GOC", "SPX-", noise(28)), "google_secret"},
      {glue("gh", "p_", noise(36)), "github_token"},
      {glue("gh", "o_", noise(36)), "github_token"},
      {glue("gh", "u_", noise(36)), "github_token"},
      {glue("gh", "s_", noise(36)), "github_token"},
      {glue("gh", "r_", noise(76)), "github_token"},
      {glue("github", "_pat_", noise(22), "_" + noise(59)), "github_token"},
      {glue("gl", "pat-", noise(20)), "gitlab_token"},
      {glue("xo", "xb-123456789012-", noise(24)), "slack_token"},
      {glue("xo", "xp-123456789012-", noise(24)), "slack_token"},
      {glue("xa", "pp-1-A0123-4567-", hex_digits(64)), "slack_token"},
      {glue("AK", "IA", upper(16)), "aws_key"},
      {glue("AS", "IA", upper(16)), "aws_key"},
      {glue("Account", "Key=", noise(86), "=="), "azure_key"},
      {glue("SharedAccess", "Key=", noise(43), "="), "azure_key"},
      {glue("hf", "_", noise(34)), "huggingface_token"},
      {glue("r8", "_", noise(37)), "replicate_token"},
      {glue("gs", "k_", noise(52)), "groq_key"},
      {glue("xa", "i-", noise(80)), "xai_key"},
      {glue("ppl", "x-", noise(48)), "perplexity_key"},
      {glue("nva", "pi-", noise(64)), "nvidia_key"},
      {glue("np", "m_", noise(36)), "npm_token"},
      {glue("py", "pi-", noise(80)), "pypi_token"},
      {glue("S", "G.", noise(22), "." + noise(43)), "sendgrid_key"},
      {glue("shp", "at_", hex_digits(32)), "shopify_token"},
      {glue("dop", "_v1_", hex_digits(64)), "digitalocean_token"},
      {glue("hv", "s.", noise(90)), "vault_token"},
      {glue("hg", "_", noise(12), "_" + noise(43)), "headgate_key"},
      {jwt(43), "jwt"},
      {jwt(43) + "." + noise(20) + "." + noise(22), "jwt"},
      {pem_first() + "\n" + noise(64) + "\n" + noise(20) + "==\n" + pem_last(), "private_key"},
      {pem_first() + "\\n" + noise(64) + "\\n" + pem_last(), "private_key"},
  };
}

TEST(redact_tokens, go_wherever_they_stand) {
  std::vector<Sample> samples;
  for (const auto& [secret, kind] : whole_tokens()) {
    const std::string marker = glue(kMarkerLead, kind, "]");
    samples.push_back({secret, marker});
    samples.push_back({"Use (" + secret + "), now", "Use (" + marker + "), now"});
    samples.push_back({"key=" + secret + " x", "key=" + marker + " x"});
    samples.push_back(
        {"\xE5\xAF\x86" + secret + "\xE3\x80\x82", "\xE5\xAF\x86" + marker + "\xE3\x80\x82"});
    samples.push_back({"{\"m\":\"line\\n" + secret + "\"}", "{\"m\":\"line\\n" + marker + "\"}"});
    samples.push_back({"[\"\\u00e9" + secret + "\"]", "[\"\\u00e9" + marker + "\"]"});
  }
  expect_redacted(samples);
}

TEST(redact_tokens, inside_something_else) {
  expect_redacted({
      {glue("https://hooks.slack", ".com/services/T", upper(8), "/B0123/" + noise(24)),
       "https://[redacted:slack_webhook]"},
      {glue("?key=AI", "za", noise(35), "&x=1"), "?key=[redacted:google_key]&x=1"},
      {"Cookie: s=" + jwt(43) + "; x=1", "Cookie: s=[redacted:jwt]; x=1"},
      {pem_first() + "\n" + noise(64), "[redacted:private_key]"},
      {glue("Authorization: Bear", "er ", noise(40)),
       "Authorization: Bearer [redacted:bearer_token]"},
      {glue("bear", "er ", noise(20), "== x"), "bearer [redacted:bearer_token] x"},
      {glue("postgres://app:", "hunter2", "@db:5432/x"),
       "postgres://app:[redacted:url_password]@db:5432/x"},
      {glue("https://user:", "p%40ss", "@host/"), "https://user:[redacted:url_password]@host/"},
      {glue("redis://:", "s3cret", "@host"), "redis://:[redacted:url_password]@host"},
      {glue("amqp:\\/\\/u:", "pw", "@h"), "amqp:\\/\\/u:[redacted:url_password]@h"},
      {glue("https://u:sk", "-", noise(48), "@h"), "https://u:[redacted:url_password]@h"},
      {glue("https://sk", "-", noise(48), ":pw@h"),
       "https://[redacted:api_key]:[redacted:url_password]@h"},
  });
}

TEST(redact_tokens, leave_what_only_looks_alike) {
  expect_untouched({
      "chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012",
      "call_AbCdEfGhIjKlMnOpQrStUvWx",
      "resp_0123456789abcdef0123456789abcdef",
      "task-management-and-planning-2024-edition-final",
      "risk-assessment-0123456789abcdef0123",
      "sk-folding-cube-animation-container-2",
      "sk-learn",
      "disk-12345678901234567890",
      "AKIA is a prefix",
      "AKIA1234",
      "NAKIA" + upper(16),
      "AKIA" + upper(17),
      "AIzaShort",
      "ghp_tooshort",
      "graph_p_value",
      "npm_config_registry",
      "npm_package_dependencies_something_long_name",
      "{\"m\":\"\\n" + glue("pm", "_", noise(36)) + "\"}",
      "hf_transfer",
      "hg_revision",
      "SG. is Singapore",
      "eyJhbGciOiJIUzI1NiJ9",
      "eyJ.eyJ.x",
      "the bearer of this letter",
      "Bearer YOUR_API_TOKEN_HERE_PLEASE",
      "Bearer <token>",
      "https://example.com/a?b=c",
      "https://example.com:8443/path@x",
      "mailto:someone@example.com",
      "see http://[::1]:8080/x and a@b",
      "postgres://db:5432/name",
      "postgres://app:${DB_PASSWORD}@db/name",
      "postgres://{{user}}:{{password}}@db",
      "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
      "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
      "[redacted:api_key] and [redacted:card]",
  });
}

}  // namespace
}  // namespace headgate::base::redact
