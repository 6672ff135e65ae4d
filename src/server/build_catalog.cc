#include "server/build_catalog.h"

#include <algorithm>
#include <utility>

namespace headgate::server {

using base::Error;
using base::Result;

namespace {

Error within(const std::string& where, Error error) {
  error.detail = where + ": " + error.detail;
  return error;
}

std::string_view credential_header(const gateway::ProviderConfig& config) {
  using gateway::AuthStyle;
  using gateway::ProviderKind;
  switch (config.auth) {
    case AuthStyle::by_kind: break;
    case AuthStyle::bearer: return "authorization: Bearer ";
    case AuthStyle::x_api_key: return "x-api-key: ";
    case AuthStyle::x_goog_api_key: return "x-goog-api-key: ";
    case AuthStyle::api_key: return "api-key: ";
  }
  if (config.kind == ProviderKind::anthropic) return "x-api-key: ";
  if (config.kind == ProviderKind::gemini) return "x-goog-api-key: ";
  return "authorization: Bearer ";
}

Result<std::string> provider_headers(const gateway::ProviderConfig& config) {
  std::string out;
  if (!config.api_key.empty()) {
    auto secret = config.api_key.resolve();
    if (!secret) return secret.error();
    out.append(credential_header(config)).append(*secret).append("\r\n");
  }
  for (const auto& [name, value] : config.headers) out += name + ": " + value + "\r\n";
  return out;
}

resilience::RetryBudgetRules budget_rules(const gateway::RetryBudgetConfig& config) {
  resilience::RetryBudgetRules out;
  out.ratio = static_cast<double>(config.percent) / 100;
  out.min_per_s = static_cast<double>(config.min_per_s);
  out.burst = std::max(out.burst, out.min_per_s);
  return out;
}

Result<std::shared_ptr<const gateway::Provider>> build_provider(
    const std::string& name, const gateway::ProviderConfig& config,
    const http::ProxyEnvironment& proxies, gateway::HealthDraft& health) {
  auto out = std::make_shared<gateway::Provider>();
  out->name = name;
  out->kind = config.kind;
  out->api_version = config.api_version.empty() ? "2023-06-01" : config.api_version;
  out->path_prefix = config.path_prefix;
  out->query = config.query;
  out->responses_store = config.responses_store;
  const auto& url = config.base_url;
  out->client.url = {url.tls, url.host, url.port, url.path, {}};
  if (out->client.url.tls) {
    auto tls = http::make_client_tls(config.ca_file.string());
    if (!tls) return tls.error();
    out->client.tls = std::move(*tls);
  }
  if (config.proxy == gateway::ProxyUse::environment) {
    if (const auto* proxy = proxies.proxy_for(out->client.url)) out->client.proxy = *proxy;
  }
  out->client.connect_timeout_ms = config.connect_timeout_ms;
  out->client.connections_idle_max = static_cast<std::size_t>(config.connections_idle_max);
  out->client.connection_idle_ms = config.connection_idle_ms;
  out->client.connection_age_max_ms = config.connection_age_max_ms;
  out->client.dns_refresh_ms = config.dns_refresh_ms;
  out->timeouts = {config.first_token_timeout_ms, config.idle_timeout_ms, config.total_timeout_ms,
                   config.request_timeout_ms};
  out->response_bytes_max = static_cast<std::size_t>(config.response_bytes_max);
  out->client.stats = health.connections(name);
  out->budget = health.budget("provider " + name, budget_rules(config.retry_budget));
  const gateway::ProviderConcurrency& calls = config.concurrency;
  out->slots = health.slots(
      "provider", name,
      {static_cast<int>(calls.max), static_cast<int>(calls.queue_max), calls.adaptive});
  out->reads_rate_headers = calls.adaptive;
  auto headers = provider_headers(config);
  if (!headers) return headers.error();
  out->headers = std::move(*headers);
  return std::shared_ptr<const gateway::Provider>(std::move(out));
}

void limit_route(gateway::Route& route, const gateway::RouteConcurrency& calls,
                 gateway::HealthDraft& health) {
  route.slots = health.slots("route", route.name,
                             {static_cast<int>(calls.max), static_cast<int>(calls.queue_max)});
  route.per_tenant =
      health.keyed_limit("tenants of " + route.name, static_cast<int>(calls.per_tenant_max));
  route.per_workflow =
      health.keyed_limit("workflows of " + route.name, static_cast<int>(calls.per_workflow_max));
}

gateway::Route build_route(const std::string& name, const gateway::RouteConfig& config,
                           gateway::HealthDraft& health) {
  gateway::Route out;
  out.name = name;
  out.models = config.models;
  out.tenants = config.tenants;
  out.tiers = config.tiers;
  out.capture = config.content;
  out.inject_usage = config.usage_in_streams == gateway::UsageInStreams::inject;
  out.on_loss = config.on_loss;
  out.stream_begin = config.stream_begin;
  out.keep_alive_ms = config.keep_alive_ms;
  out.prompt_caching = config.prompt_caching;
  out.structured_output = config.structured_output;
  out.first_token_ms = config.first_token_timeout_ms;
  out.total_ms = config.total_timeout_ms;
  out.request_ms = config.request_timeout_ms;
  out.deadline_ms = config.deadline_ms;
  out.fallback = config.fallback;
  out.larger_context = config.larger_context;
  out.retry = config.retry;
  out.on_break = config.on_break;
  out.idempotency = config.idempotency;
  out.budget = health.budget("route " + name, budget_rules(config.retry.budget));
  out.hedge = config.hedge;
  if (config.hedge.is_on()) {
    resilience::HedgeBudgetRules rules;
    rules.extra_ratio = static_cast<double>(config.hedge.spend_percent_max) / 100;
    out.hedges = health.hedges(name, rules);
  }
  out.degraded = config.degraded;
  if (config.degraded.uses(gateway::Degraded::cached)) {
    out.last_answers =
        health.last_answers(name, static_cast<std::size_t>(config.degraded.cached.bytes_max));
  }
  limit_route(out, config.concurrency, health);
  return out;
}

}  // namespace

Result<std::shared_ptr<const gateway::Catalog>> build_catalog(const Config& config,
                                                              const http::ProxyEnvironment& proxies,
                                                              gateway::HealthDraft& health,
                                                              std::int64_t unix_us) {
  auto out = std::make_shared<gateway::Catalog>();
  std::map<std::string, std::shared_ptr<const gateway::Provider>, std::less<>> providers;
  for (const auto& [name, provider] : config.providers) {
    auto built = build_provider(name, provider, proxies, health);
    if (!built) return within("providers." + name, built.error());
    providers[name] = std::move(*built);
  }
  for (const auto& [name, model] : config.models) {
    const std::string& upstream = model.upstream_model.empty() ? name : model.upstream_model;
    out->models[name] = {
        name,
        providers[model.provider],
        upstream,
        model.price.empty() ? upstream : model.price,
        model.continues,
        health.target(model.provider, upstream, config.providers.find(model.provider)->breaker)};
  }
  for (const auto& [name, route] : config.routes) {
    out->routes.push_back(build_route(name, route, health));
  }
  out->default_route.budget = health.budget("route default", {});
  if (!config.cost.price_book.empty()) {
    auto prices = cost::PriceBook::load(config.cost.price_book.string());
    if (!prices) return within("cost.price_book", prices.error());
    out->prices = std::make_shared<const cost::PriceBook>(std::move(*prices));
  }
  out->log_calls = config.telemetry.log_calls;
  out->content_bytes_max = static_cast<std::size_t>(config.storage.content_bytes_max);
  out->json_depth_max = static_cast<std::size_t>(config.server.limits.json_depth_max);
  out->body_bytes_max = static_cast<std::size_t>(config.server.limits.body_bytes_max);
  out->created_s = unix_us / 1'000'000;
  return std::shared_ptr<const gateway::Catalog>(std::move(out));
}

Result<std::shared_ptr<security::KeySet>> build_keys(const security::AuthConfig& auth) {
  auto out = std::make_shared<security::KeySet>(auth.required);
  for (const auto& key : auth.keys) {
    auto secret = key.secret.resolve();
    if (!secret) return within("auth.keys." + key.id, secret.error());
    base::Principal principal;
    principal.key_id = key.id;
    principal.user = key.user;
    principal.tenant = key.tenant;
    principal.tier = key.tier;
    principal.scopes = key.scopes;
    principal.models = key.models;
    out->add_declared(*secret, std::move(principal));
  }
  return out;
}

}  // namespace headgate::server
