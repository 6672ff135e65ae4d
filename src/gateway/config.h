// The `providers`, `models` and `routes` sections: where models run, what clients call them, and
// how each call is handled. Plain values; the data path works on indexes built from them at
// start-up and on reload.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/problem.h"
#include "base/config/types.h"
#include "base/text/secret.h"
#include "telemetry/config.h"

namespace headgate::gateway {

/// The wire format that a provider speaks.
enum class ProviderKind : std::uint8_t { openai };
/// Whether HTTPS_PROXY and its kin are obeyed.
enum class ProxyUse : std::uint8_t { environment, none };
/// Whether a stream whose request does not ask for usage gets it asked for (and taken out again).
enum class UsageInStreams : std::uint8_t { inject, as_sent };

struct ProviderConfig {
  ProviderKind kind = ProviderKind::openai;
  base::config::Url base_url;
  base::SecretRef api_key;
  std::filesystem::path ca_file;
  ProxyUse proxy = ProxyUse::environment;
  base::config::OrderedMap<std::string> headers;
  std::int64_t connect_timeout_ms = 5'000;
  std::int64_t first_token_timeout_ms = 30'000;
  std::int64_t idle_timeout_ms = 30'000;
  std::int64_t total_timeout_ms = 120'000;
  std::int64_t connections_idle_max = 64;
  std::int64_t connection_idle_ms = 30'000;
  std::int64_t connection_age_max_ms = 600'000;
  std::int64_t dns_refresh_ms = 30'000;
  std::int64_t response_bytes_max = 64 * 1024 * 1024;

  template <class V>
  static void fields(V& v);
};

struct ModelConfig {
  std::string provider;
  std::string upstream_model;  // empty: the public name
  std::string price;           // empty: upstream_model

  template <class V>
  static void fields(V& v);
};

struct RouteConfig {
  std::vector<std::string> models = {"*"};
  std::vector<std::string> tenants;  // empty: any
  std::vector<std::string> tiers;    // empty: any
  telemetry::ContentCapture content = telemetry::ContentCapture::redacted;
  UsageInStreams usage_in_streams = UsageInStreams::inject;
  std::optional<std::int64_t> first_token_timeout_ms;  // else the provider's
  std::optional<std::int64_t> total_timeout_ms;        // else the provider's

  template <class V>
  static void fields(V& v);
};

using Providers = base::config::OrderedMap<ProviderConfig>;
using Models = base::config::OrderedMap<ModelConfig>;
using Routes = base::config::OrderedMap<RouteConfig>;

/// What fields() cannot say: models name providers, routes name models, and no header smuggles a
/// credential past api_key or breaks the framing. `root` is the document.
void check(const Providers& providers, const Models& models, const Routes& routes,
           const base::config::Cursor& root, base::config::Problems& problems);

template <class V>
void ProviderConfig::fields(V& v) {
  using C = ProviderConfig;
  constexpr std::int64_t kTimeoutMax = 3'600'000;
  v.field("kind", &C::kind, {.doc = "The wire format it speaks."});
  v.field("base_url", &C::base_url,
          {.doc = "Where it is, up to what precedes /chat/completions.",
           .example = "https://api.openai.com/v1",
           .required = true});
  v.field("api_key", &C::api_key,
          {.doc = "Its credential, sent as `Authorization: Bearer …`. Never written here itself.",
           .example = "env:OPENAI_API_KEY"});
  v.field(
      "ca_file", &C::ca_file,
      {.doc = "PEM bundle to trust for it.", .default_note = "the system's", .must_exist = true});
  v.field(
      "proxy", &C::proxy,
      {.doc = "environment: obey HTTPS_PROXY, HTTP_PROXY and NO_PROXY; none: connect directly."});
  v.field("headers", &C::headers,
          {.doc = "Further headers of every request to it.",
           .example = "{openai-organization: org-1}",
           .max = 32});
  v.field("connect_timeout_ms", &C::connect_timeout_ms,
          {.doc = "For name lookup, TCP and TLS together.", .min = 10, .max = kTimeoutMax});
  v.field(
      "first_token_timeout_ms", &C::first_token_timeout_ms,
      {.doc = "From the request sent to the first token, or to the reply's head when not streamed.",
       .min = 10,
       .max = kTimeoutMax});
  v.field("idle_timeout_ms", &C::idle_timeout_ms,
          {.doc = "Between two pieces of a reply.", .min = 10, .max = kTimeoutMax});
  v.field("total_timeout_ms", &C::total_timeout_ms,
          {.doc = "For one attempt as a whole.", .min = 10, .max = kTimeoutMax});
  v.field("connections_idle_max", &C::connections_idle_max,
          {.doc = "Idle connections that each thread keeps open to it.", .min = 0, .max = 10'000});
  v.field("connection_idle_ms", &C::connection_idle_ms,
          {.doc = "An idle connection is closed after this; below the provider's own limit.",
           .min = 0,
           .max = kTimeoutMax});
  v.field("connection_age_max_ms", &C::connection_age_max_ms,
          {.doc = "A connection older than this takes no further request.",
           .min = 1'000,
           .max = 86'400'000});
  v.field("dns_refresh_ms", &C::dns_refresh_ms,
          {.doc = "How long an address that was looked up is used.", .min = 0, .max = 86'400'000});
  v.field("response_bytes_max", &C::response_bytes_max,
          {.doc = "Of one reply; beyond, the call fails.", .min = 1024, .max = 1024 * 1024 * 1024});
}

template <class V>
void ModelConfig::fields(V& v) {
  using C = ModelConfig;
  v.field("provider", &C::provider,
          {.doc = "The provider that runs it, by its name in `providers`.",
           .example = "openai",
           .min = 1,
           .required = true});
  v.field("upstream_model", &C::upstream_model,
          {.doc = "What the provider calls it.", .default_note = "the public name"});
  v.field("price", &C::price,
          {.doc = "Its entry in the price book.", .default_note = "upstream_model"});
}

template <class V>
void RouteConfig::fields(V& v) {
  using C = RouteConfig;
  constexpr std::int64_t kTimeoutMax = 3'600'000;
  v.field("models", &C::models,
          {.doc = "Public names of the models it is for; \"*\": all. It matches where this, "
                  "tenants and tiers do.",
           .min = 1,
           .max = 1000});
  v.field("tenants", &C::tenants,
          {.doc = "Tenants it is for.", .default_note = "any", .max = 1000});
  v.field("tiers", &C::tiers, {.doc = "Tiers it is for.", .default_note = "any", .max = 100});
  v.field(
      "content", &C::content,
      {.doc =
           "What traces keep of prompts and completions: all, all but secrets, a hash, nothing."});
  v.field(
      "usage_in_streams", &C::usage_in_streams,
      {.doc = "inject: ask the provider for usage at the end of every stream, so that it can be "
              "priced; as_sent: leave the request as it is."});
  v.field("first_token_timeout_ms", &C::first_token_timeout_ms,
          {.doc = "In place of the provider's.",
           .default_note = "the provider's",
           .min = 10,
           .max = kTimeoutMax});
  v.field("total_timeout_ms", &C::total_timeout_ms,
          {.doc = "In place of the provider's.",
           .default_note = "the provider's",
           .min = 10,
           .max = kTimeoutMax});
}

}  // namespace headgate::gateway

template <>
struct headgate::base::config::EnumNames<headgate::gateway::ProviderKind> {
  static constexpr std::array<std::string_view, 1> names{"openai"};
};
template <>
struct headgate::base::config::EnumNames<headgate::gateway::ProxyUse> {
  static constexpr std::array<std::string_view, 2> names{"environment", "none"};
};
template <>
struct headgate::base::config::EnumNames<headgate::gateway::UsageInStreams> {
  static constexpr std::array<std::string_view, 2> names{"inject", "as_sent"};
};
