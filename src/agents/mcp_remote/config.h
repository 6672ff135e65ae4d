// The `mcp.servers` section: remote MCP servers by name, each reached by URL or started as a child
// process, who may use it, and what of it. Plain values; secrets are references until they are
// used. Everything needs a restart.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agents/mcp_wire/config.h"
#include "agents/tools/tool.h"
#include "base/config/fields.h"
#include "base/config/problem.h"
#include "base/config/types.h"
#include "base/text/secret.h"

namespace headgate::agents::mcp {

/// How Headgate shows itself to a server that wants OAuth.
struct RemoteOAuthConfig {
  std::string client_id;
  base::SecretRef client_secret;
  std::string issuer;
  std::vector<std::string> scopes;

  template <class V>
  static void fields(V& v);
};

struct RemoteConfig {
  base::config::Url url;
  std::vector<std::string> command;
  base::config::OrderedMap<base::SecretRef> environment;
  base::config::OrderedMap<base::SecretRef> headers;
  RemoteOAuthConfig oauth;
  std::filesystem::path ca_file;
  EraWish protocol = EraWish::automatic;
  std::vector<std::string> scopes;
  std::vector<std::string> tools;
  base::config::OrderedMap<Effect> effects;
  std::int64_t connect_timeout_ms = 10'000;
  std::int64_t call_timeout_ms = 120'000;
  std::int64_t idle_timeout_ms = 60'000;
  std::int64_t message_bytes_max = 8 * 1024 * 1024;
  std::int64_t tools_max = 1'000;

  template <class V>
  static void fields(V& v);
};

using RemoteConfigs = base::config::OrderedMap<RemoteConfig>;

/// What fields() cannot say: names are short words, each has a URL or a command.
void check(const RemoteConfigs& servers, const base::config::Cursor& at,
           base::config::Problems& problems);

template <class V>
void RemoteOAuthConfig::fields(V& v) {
  using C = RemoteOAuthConfig;
  v.field("client_id", &C::client_id,
          {.doc = "As the authorization server knows Headgate.", .needs_restart = true});
  v.field("client_secret", &C::client_secret,
          {.doc = "Its secret, for the grant client_credentials.", .needs_restart = true});
  v.field("issuer", &C::issuer,
          {.doc = "The authorization server that gave them; no other one ever sees them.",
           .example = "https://login.example.com",
           .default_note = "the first that the MCP server names",
           .needs_restart = true});
  v.field("scopes", &C::scopes,
          {.doc = "To ask for, beside those that the MCP server wants.",
           .max = 100,
           .needs_restart = true});
}

template <class V>
void remote_bounds(V& v) {
  using C = RemoteConfig;
  v.field("connect_timeout_ms", &C::connect_timeout_ms,
          {.doc = "For the connection, and for its list of tools.",
           .min = 100,
           .max = 600'000,
           .needs_restart = true});
  v.field("call_timeout_ms", &C::call_timeout_ms,
          {.doc = "For one call of a tool.", .min = 100, .max = 86'400'000, .needs_restart = true});
  v.field("idle_timeout_ms", &C::idle_timeout_ms,
          {.doc = "Between two pieces of an answer.",
           .min = 100,
           .max = 86'400'000,
           .needs_restart = true});
  v.field("message_bytes_max", &C::message_bytes_max,
          {.doc = "One message of the server; a larger one is an error.",
           .min = 1024,
           .max = 256 * 1024 * 1024,
           .needs_restart = true});
  v.field(
      "tools_max", &C::tools_max,
      {.doc = "Tools that the server may list.", .min = 1, .max = 10'000, .needs_restart = true});
}

template <class V>
void RemoteConfig::fields(V& v) {
  using C = RemoteConfig;
  v.field("url", &C::url,
          {.doc = "Where it is, by Streamable HTTP. Either this or `command`.",
           .example = "https://tools.example.com/mcp",
           .needs_restart = true});
  v.field("command", &C::command,
          {.doc = "The program to start and its arguments, without a shell; MCP goes over its "
                  "standard input and output.",
           .example = "[orders-mcp, --read-only]",
           .max = 200,
           .needs_restart = true});
  v.field("environment", &C::environment,
          {.doc = "Variables of that program. It gets these, PATH and HOME, nothing else.",
           .example = "{ORDERS_TOKEN: 'env:ORDERS_TOKEN'}",
           .max = 100,
           .needs_restart = true});
  v.field("headers", &C::headers,
          {.doc = "Headers of every request to its URL.",
           .example = "{Authorization: 'env:TOOLS_AUTHORIZATION'}",
           .max = 50,
           .needs_restart = true});
  v.field("oauth", &C::oauth, {.doc = "Where it wants a token: the client that Headgate is."});
  v.field("ca_file", &C::ca_file,
          {.doc = "PEM bundle to trust instead of the system's.",
           .needs_restart = true,
           .must_exist = true});
  v.field("protocol", &C::protocol,
          {.doc = "The era of MCP that it speaks: found out, or known to be 2025-11-25 and earlier "
                  "(legacy) or 2026-07-28 (modern).",
           .needs_restart = true});
  v.field("scopes", &C::scopes,
          {.doc = "An API key needs all of these to see and call its tools.",
           .example = "[orders]",
           .max = 100,
           .needs_restart = true});
  v.field("tools", &C::tools,
          {.doc = "The tools that are offered, by the server's names.",
           .default_note = "all",
           .max = 1000,
           .needs_restart = true});
  v.field("effects", &C::effects,
          {.doc = "What happens when a call is made twice, by the server's names of its tools: "
                  "pure, idempotent, or at_most_once, which all others are.",
           .example = "{get_order: pure}",
           .max = 1000,
           .needs_restart = true});
  remote_bounds(v);
}

}  // namespace headgate::agents::mcp

template <>
struct headgate::base::config::EnumNames<headgate::agents::Effect> {
  static constexpr std::array<std::string_view, 3> names{"pure", "idempotent", "at_most_once"};
};
template <>
struct headgate::base::config::EnumNames<headgate::agents::mcp::EraWish> {
  static constexpr std::array<std::string_view, 3> names{"automatic", "legacy", "modern"};
};
