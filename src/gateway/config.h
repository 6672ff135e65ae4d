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
#include "gateway/degraded/rules.h"
#include "gateway/delivery/rules.h"
#include "storage/sampling/config.h"
#include "telemetry/config.h"

namespace headgate::gateway {

/// The wire formats that a provider speaks: `openai` chat completions and responses, the two after
/// it one of them, the rest their own.
enum class ProviderKind : std::uint8_t { openai, openai_chat, openai_responses, anthropic, gemini };
/// The header that carries a provider's credential.
enum class AuthStyle : std::uint8_t { by_kind, bearer, x_api_key, x_goog_api_key, api_key };
/// Whether HTTPS_PROXY and its kin are obeyed.
enum class ProxyUse : std::uint8_t { environment, none };
/// Whether a stream whose request does not ask for usage gets it asked for (and taken out again).
enum class UsageInStreams : std::uint8_t { inject, as_sent };
/// What happens when a call crosses wire formats and the provider's cannot say all of it.
enum class OnLoss : std::uint8_t { refuse, warn, strict };
/// When the reply of a stream begins.
enum class StreamBegin : std::uint8_t { with_content, at_once };
/// Whether prompts are marked for the provider's cache where callers did not.
enum class PromptCaching : std::uint8_t { as_sent, mark };
/// Who keeps the responses of a provider that speaks the Responses API.
enum class ResponsesStore : std::uint8_t { provider, headgate };
/// Whether a repeated Idempotency-Key gets the first answer again.
enum class Idempotency : std::uint8_t { on, off };
/// Whether answers are held against the JSON Schemas of their requests.
enum class StructuredOutput : std::uint8_t { as_sent, enforce };

struct ProviderConfig {
  ProviderKind kind = ProviderKind::openai;
  base::config::Url base_url;
  base::SecretRef api_key;
  AuthStyle auth = AuthStyle::by_kind;
  std::string api_version;
  std::string path_prefix;
  std::string query;
  ResponsesStore responses_store = ResponsesStore::provider;
  std::filesystem::path ca_file;
  ProxyUse proxy = ProxyUse::environment;
  base::config::OrderedMap<std::string> headers;
  std::int64_t connect_timeout_ms = 5'000;
  std::int64_t first_token_timeout_ms = 30'000;
  std::int64_t idle_timeout_ms = 30'000;
  std::int64_t request_timeout_ms = 30'000;
  std::int64_t total_timeout_ms = 120'000;
  std::int64_t connections_idle_max = 64;
  std::int64_t connection_idle_ms = 30'000;
  std::int64_t connection_age_max_ms = 600'000;
  std::int64_t dns_refresh_ms = 30'000;
  std::int64_t response_bytes_max = 64 * 1024 * 1024;
  RetryBudgetConfig retry_budget;
  BreakerConfig breaker;
  ProviderConcurrency concurrency;

  template <class V>
  static void fields(V& v);
};

struct ModelConfig {
  std::string provider;
  std::string upstream_model;  // empty: the public name
  std::string price;           // empty: upstream_model
  bool continues = false;

  template <class V>
  static void fields(V& v);
};

struct RouteConfig {
  std::vector<std::string> models = {"*"};
  std::vector<std::string> tenants;  // empty: any
  std::vector<std::string> tiers;    // empty: any
  telemetry::ContentCapture content = telemetry::ContentCapture::redacted;
  UsageInStreams usage_in_streams = UsageInStreams::inject;
  OnLoss on_loss = OnLoss::refuse;
  StreamBegin stream_begin = StreamBegin::with_content;
  std::int64_t keep_alive_ms = 15'000;
  PromptCaching prompt_caching = PromptCaching::as_sent;
  StructuredOutput structured_output = StructuredOutput::as_sent;
  std::optional<std::int64_t> first_token_timeout_ms;  // else the provider's
  std::optional<std::int64_t> request_timeout_ms;      // likewise
  std::optional<std::int64_t> total_timeout_ms;        // likewise
  std::int64_t deadline_ms = 60'000;
  std::vector<std::string> fallback;
  std::vector<std::string> larger_context;
  RetryRules retry;
  RouteConcurrency concurrency;
  HedgeConfig hedge;
  DegradedConfig degraded;
  OnBreak on_break = OnBreak::error;
  Idempotency idempotency = Idempotency::on;
  storage::SamplingConfig sampling;

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

/// What is allowed and cannot be meant.
void warn(const Routes& routes, const base::config::Cursor& root, base::config::Problems& warnings);

inline constexpr std::int64_t kTimeoutMax = 3'600'000;

template <class V>
void timeout_fields(V& v) {
  using C = ProviderConfig;
  v.field("connect_timeout_ms", &C::connect_timeout_ms,
          {.doc = "For name lookup, TCP and TLS together.", .min = 10, .max = kTimeoutMax});
  v.field("first_token_timeout_ms", &C::first_token_timeout_ms,
          {.doc = "Of a streamed answer: from the begin of the attempt to the first token.",
           .min = 10,
           .max = kTimeoutMax});
  v.field(
      "request_timeout_ms", &C::request_timeout_ms,
      {.doc = "Of an answer that comes whole: for one attempt.", .min = 10, .max = kTimeoutMax});
  v.field("idle_timeout_ms", &C::idle_timeout_ms,
          {.doc = "Between two pieces of a reply.", .min = 10, .max = kTimeoutMax});
  v.field(
      "total_timeout_ms", &C::total_timeout_ms,
      {.doc = "For one attempt, however long its answer streams.", .min = 10, .max = kTimeoutMax});
}

template <class V>
void ProviderConfig::fields(V& v) {
  using C = ProviderConfig;
  v.field("kind", &C::kind,
          {.doc = "The wire format it speaks. openai: chat completions and responses; openai-chat: "
                  "chat completions alone (vLLM, Ollama, llama.cpp, Azure); openai-responses; "
                  "anthropic; gemini."});
  v.field("base_url", &C::base_url,
          {.doc = "Where it is, up to what precedes /chat/completions, /responses, /messages or "
                  "/models/….",
           .example = "https://api.openai.com/v1",
           .required = true});
  v.field("api_key", &C::api_key,
          {.doc = "Its credential. Never written here itself.", .example = "env:OPENAI_API_KEY"});
  v.field("auth", &C::auth,
          {.doc = "The header for the credential. by-kind: Authorization: Bearer for openai, "
                  "x-api-key for anthropic, x-goog-api-key for gemini; api-key: Azure's."});
  v.field("api_version", &C::api_version,
          {.doc = "anthropic: the anthropic-version to speak when a call comes in another format.",
           .default_note = "2023-06-01"});
  v.field("path_prefix", &C::path_prefix,
          {.doc = "Put before each path; {model} stands for the upstream model.",
           .example = "\"/openai/deployments/{model}\""});
  v.field("query", &C::query,
          {.doc = "Put behind each path.", .example = "api-version=2024-10-21"});
  v.field("responses_store", &C::responses_store,
          {.doc = "Who keeps responses for previous_response_id where it speaks the Responses API "
                  "itself. provider: it does, under its ids; headgate: they are kept here and the "
                  "provider is asked not to. Responses of other providers are always kept here."});
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
  timeout_fields(v);
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
          {.doc = "An address that was looked up this long ago is looked up again beside the next "
                  "connection, which still uses it.",
           .min = 0,
           .max = 86'400'000});
  v.field("response_bytes_max", &C::response_bytes_max,
          {.doc = "Of one answer, streamed or whole; beyond, the attempt fails.",
           .min = 1024,
           .max = 1024 * 1024 * 1024});
  v.field("retry_budget", &C::retry_budget,
          {.doc = "How many attempts at it may be repeated ones, whatever their route."});
  v.field("breaker", &C::breaker,
          {.doc = "When each of its models is left alone, and how it comes back."});
  v.field("concurrency", &C::concurrency, {.doc = "How many calls it gets at a time."});
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
  v.field(
      "continues", &C::continues,
      {.doc = "Whether it goes on with an answer that it is given the beginning of, as the last "
              "message of a request (a prefill). For on_break: continue."});
}

template <class V>
void delivery_fields(V& v) {
  v.field("on_break", &RouteConfig::on_break,
          {.doc = "When a stream breaks that the caller has begun to get. error: it is told; "
                  "buffer: nothing is sent before the answer is whole; restart: asked anew if "
                  "nothing but reasoning was sent; continue: the next model of fallback that "
                  "continues goes on with it."});
  v.field("idempotency", &RouteConfig::idempotency,
          {.doc = "on: calls with the same Idempotency-Key are made once and all get that answer; "
                  "off: the header says nothing."});
  v.field("sampling", &RouteConfig::sampling,
          {.doc = "Which of its traces stay in the store once they have ended."});
}

template <class V>
void deadline_fields(V& v) {
  using C = RouteConfig;
  v.field("first_token_timeout_ms", &C::first_token_timeout_ms,
          {.doc = "In place of the provider's.",
           .default_note = "the provider's",
           .min = 10,
           .max = kTimeoutMax});
  v.field("request_timeout_ms", &C::request_timeout_ms,
          {.doc = "In place of the provider's.",
           .default_note = "the provider's",
           .min = 10,
           .max = kTimeoutMax});
  v.field("total_timeout_ms", &C::total_timeout_ms,
          {.doc = "In place of the provider's.",
           .default_note = "the provider's",
           .min = 10,
           .max = kTimeoutMax});
  v.field("deadline_ms", &C::deadline_ms,
          {.doc = "For a call over all its attempts and pauses, until its answer is whole or, "
                  "streamed, has begun. Callers may ask for less: x-headgate-timeout-ms, or "
                  "x-headgate-deadline, a Unix time in milliseconds that all calls of a workflow "
                  "share.",
           .min = 10,
           .max = kTimeoutMax});
}

template <class V>
void RouteConfig::fields(V& v) {
  using C = RouteConfig;
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
  v.field(
      "on_loss", &C::on_loss,
      {.doc = "When the provider's wire format cannot say what a call asks for. refuse: an error "
              "naming the field, if the answer would be another one, else a warning header; "
              "warn: always the header; strict: always the error."});
  v.field(
      "stream_begin", &C::stream_begin,
      {.doc = "with-content: a reply begins with its first content, so that a failure before it "
              "is an ordinary error; at-once: with the provider's first event."});
  v.field("keep_alive_ms", &C::keep_alive_ms,
          {.doc = "A stream that is silent for so long gets a sign of life; 0: never.",
           .min = 0,
           .max = kTimeoutMax});
  v.field("prompt_caching", &C::prompt_caching,
          {.doc = "mark: where the caller has not, mark the prompt for the provider's cache "
                  "(cache_control for anthropic, prompt_cache_key for openai)."});
  v.field(
      "structured_output", &C::structured_output,
      {.doc = "enforce: hold structured output and tool arguments against their JSON Schemas; a "
              "wrong answer is sent back once to be mended, then an error. Streams are sent when "
              "they have been checked."});
  deadline_fields(v);
  v.field("fallback", &C::fallback,
          {.doc = "Models to ask, in this order, when the one asked for fails: overloaded, out of "
                  "time, unreachable, broken off.",
           .max = 10});
  v.field("larger_context", &C::larger_context,
          {.doc = "Models to ask when the prompt is too long for the one asked for.", .max = 10});
  v.field("retry", &C::retry, {.doc = "How often and how fast a model is asked again."});
  v.field("concurrency", &C::concurrency, {.doc = "How many calls it takes at a time."});
  v.field("hedge", &C::hedge,
          {.doc = "Whether a call that is slow to begin is asked a second time."});
  v.field("degraded", &C::degraded, {.doc = "What its calls get when no model has answered."});
  delivery_fields(v);
}

}  // namespace headgate::gateway

template <>
struct headgate::base::config::EnumNames<headgate::gateway::ProviderKind> {
  static constexpr std::array<std::string_view, 5> names{"openai", "openai-chat",
                                                         "openai-responses", "anthropic", "gemini"};
};
template <>
struct headgate::base::config::EnumNames<headgate::gateway::AuthStyle> {
  static constexpr std::array<std::string_view, 5> names{"by-kind", "bearer", "x-api-key",
                                                         "x-goog-api-key", "api-key"};
};
template <>
struct headgate::base::config::EnumNames<headgate::gateway::OnLoss> {
  static constexpr std::array<std::string_view, 3> names{"refuse", "warn", "strict"};
};
template <>
struct headgate::base::config::EnumNames<headgate::gateway::StreamBegin> {
  static constexpr std::array<std::string_view, 2> names{"with-content", "at-once"};
};
template <>
struct headgate::base::config::EnumNames<headgate::gateway::StructuredOutput> {
  static constexpr std::array<std::string_view, 2> names{"as-sent", "enforce"};
};
template <>
struct headgate::base::config::EnumNames<headgate::gateway::ResponsesStore> {
  static constexpr std::array<std::string_view, 2> names{"provider", "headgate"};
};
template <>
struct headgate::base::config::EnumNames<headgate::gateway::PromptCaching> {
  static constexpr std::array<std::string_view, 2> names{"as-sent", "mark"};
};
template <>
struct headgate::base::config::EnumNames<headgate::gateway::ProxyUse> {
  static constexpr std::array<std::string_view, 2> names{"environment", "none"};
};
template <>
struct headgate::base::config::EnumNames<headgate::gateway::UsageInStreams> {
  static constexpr std::array<std::string_view, 2> names{"inject", "as_sent"};
};
template <>
struct headgate::base::config::EnumNames<headgate::gateway::Idempotency> {
  static constexpr std::array<std::string_view, 2> names{"on", "off"};
};
