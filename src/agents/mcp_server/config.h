// The `mcp.server` section: whether tools are offered to MCP clients, to which web pages, and the
// bounds of that. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/config/types.h"
#include "base/text/secret.h"
#include "telemetry/config.h"

namespace headgate::agents::mcp {

/// `mcp.server.limits`.
struct ServerBounds {
  std::int64_t body_bytes_max = 4 * 1024 * 1024;
  std::int64_t result_bytes_max = 16 * 1024 * 1024;
  std::int64_t call_timeout_ms = 300'000;
  std::int64_t keepalive_ms = 15'000;
  std::int64_t state_age_max_ms = 600'000;
  std::int64_t input_rounds_max = 8;
  std::int64_t sessions_max = 10'000;
  std::int64_t sessions_per_key_max = 1'000;
  std::int64_t session_idle_ms = 3'600'000;
  std::int64_t subscriptions_max = 100;
  std::int64_t streams_max = 1'000;

  template <class V>
  static void fields(V& v);
};

struct ServerConfig {
  bool enabled = false;
  std::string public_url;
  std::vector<std::string> allowed_origins;
  std::vector<std::string> authorization_servers;
  std::string instructions;
  std::vector<std::string> agents;
  base::SecretRef state_secret;
  telemetry::ContentCapture capture = telemetry::ContentCapture::redacted;
  std::int64_t page_size = 100;
  std::int64_t list_ttl_ms = 60'000;
  ServerBounds limits;

  template <class V>
  static void fields(V& v);
};

template <class V>
void ServerBounds::fields(V& v) {
  using C = ServerBounds;
  v.field("body_bytes_max", &C::body_bytes_max,
          {.doc = "A message of a client; beyond: 413.",
           .min = 1024,
           .max = 256 * 1024 * 1024,
           .needs_restart = true});
  v.field("result_bytes_max", &C::result_bytes_max,
          {.doc = "A result; a larger one is an error.",
           .min = 1024,
           .max = 256 * 1024 * 1024,
           .needs_restart = true});
  v.field("call_timeout_ms", &C::call_timeout_ms,
          {.doc = "For a request, with all that a legacy client is asked on its way.",
           .min = 100,
           .max = 86'400'000,
           .needs_restart = true});
  v.field("keepalive_ms", &C::keepalive_ms,
          {.doc = "A stream that is silent for so long gets a comment.",
           .min = 100,
           .max = 3'600'000,
           .needs_restart = true});
  v.field("state_age_max_ms", &C::state_age_max_ms,
          {.doc = "How long a client may take to answer what a call asks of it.",
           .min = 1'000,
           .max = 86'400'000,
           .needs_restart = true});
  v.field(
      "input_rounds_max", &C::input_rounds_max,
      {.doc = "How often a call may ask its client.", .min = 1, .max = 100, .needs_restart = true});
  v.field("sessions_max", &C::sessions_max,
          {.doc = "Open sessions of legacy clients; beyond: 503.",
           .min = 1,
           .max = 1'000'000,
           .needs_restart = true});
  v.field("sessions_per_key_max", &C::sessions_per_key_max,
          {.doc = "Of one API key; beyond, its longest idle one ends.",
           .min = 1,
           .max = 1'000'000,
           .needs_restart = true});
  v.field("session_idle_ms", &C::session_idle_ms,
          {.doc = "A session that is not used for so long ends.",
           .min = 1'000,
           .max = 7 * 86'400'000LL,
           .needs_restart = true});
  v.field("subscriptions_max", &C::subscriptions_max,
          {.doc = "Resources that one session or stream may watch.",
           .min = 1,
           .max = 10'000,
           .needs_restart = true});
  v.field("streams_max", &C::streams_max,
          {.doc = "Open streams of notifications; beyond: 503.",
           .min = 1,
           .max = 100'000,
           .needs_restart = true});
}

template <class V>
void ServerConfig::fields(V& v) {
  using C = ServerConfig;
  v.field(
      "enabled", &C::enabled,
      {.doc = "Serve MCP on /mcp. Without it, the path does not exist.", .needs_restart = true});
  v.field("public_url", &C::public_url,
          {.doc = "The URL that clients know /mcp by, in the metadata for their authorization.",
           .example = "https://gateway.example.com/mcp",
           .default_note = "http(s), the request's Host and /mcp",
           .max = 500,
           .needs_restart = true});
  v.field("allowed_origins", &C::allowed_origins,
          {.doc = "Web pages that may call /mcp, beside those of this machine: a request whose "
                  "Origin is another one is refused (403), against DNS rebinding.",
           .example = "[https://console.example.com]",
           .max = 100,
           .needs_restart = true});
  v.field("authorization_servers", &C::authorization_servers,
          {.doc = "Issuers of tokens, as clients are told in the protected resource metadata.",
           .example = "[https://login.example.com]",
           .max = 10,
           .needs_restart = true});
  v.field("instructions", &C::instructions,
          {.doc = "How the tools are meant to be used, for the model of a client.",
           .max = 10'000,
           .needs_restart = true});
  v.field("agents", &C::agents,
          {.doc = "Agents that are tools of clients, as agent_<name>: a call makes a run and waits "
                  "for its end.",
           .default_note = "none",
           .max = 100,
           .needs_restart = true});
  v.field("state_secret", &C::state_secret,
          {.doc = "Seals states that clients carry between the rounds of a call. The same for all "
                  "processes behind one address.",
           .example = "env:HEADGATE_MCP_STATE",
           .default_note = "a key of the process, so that a restart ends open rounds",
           .needs_restart = true});
  v.field("capture", &C::capture,
          {.doc = "What traces keep of arguments and results.", .needs_restart = true});
  v.field("page_size", &C::page_size,
          {.doc = "Entries on a page of a list.", .min = 1, .max = 10'000, .needs_restart = true});
  v.field("list_ttl_ms", &C::list_ttl_ms,
          {.doc = "How long a client may keep a list before it asks again.",
           .min = 0,
           .max = 86'400'000,
           .needs_restart = true});
  v.field("limits", &C::limits, {.doc = "Bounds of messages, calls, sessions and streams."});
}

}  // namespace headgate::agents::mcp
