#include "gateway.h"

#include <stdexcept>
#include <utility>

#include "llm/openai/bodies.h"

namespace headgate::sim {
namespace {

std::shared_ptr<const cost::PriceBook> price_book(const std::string& output_dollars) {
  const std::string entry =
      "    prices:\n      - {from: 2020-01-01, input: \"1\", output: \"" + output_dollars + "\"}\n";
  const std::string yaml = "currency: USD\nmodels:\n  - provider: openai\n    model: m-alpha\n" +
                           entry + "  - provider: anthropic\n    model: m-beta\n" + entry;
  auto book = cost::PriceBook::parse(yaml, "prices.yaml");
  if (!book) throw std::runtime_error(book.error().detail);
  return std::make_shared<const cost::PriceBook>(std::move(*book));
}

base::Redactor redactor() {
  auto made = base::Redactor::create();
  if (!made) throw std::runtime_error(made.error().detail);
  return std::move(*made);
}

std::shared_ptr<const gateway::Provider> provider(Dialect dialect, http::Dialer& dialer,
                                                  const Swarm& swarm, Plant plant) {
  auto out = std::make_shared<gateway::Provider>();
  const bool openai = dialect == Dialect::openai;
  const std::int64_t times = plant == Plant::late_deadline ? 3 : 1;
  out->name = openai ? "openai" : "anthropic";
  out->kind = openai ? gateway::ProviderKind::openai : gateway::ProviderKind::anthropic;
  out->api_version = "2023-06-01";
  out->headers = "authorization: Bearer provider-key\r\n";
  out->client.url = {false, out->name, 80, "/v1", {}};
  out->client.dialer = &dialer;
  out->client.connect_timeout_ms = swarm.connect_ms;
  out->client.connection_idle_ms = swarm.connection_idle_ms;
  out->client.connections_idle_max = static_cast<std::size_t>(swarm.connections_idle_max);
  out->timeouts = {swarm.first_token_ms * times, swarm.idle_ms * times, swarm.total_ms * times};
  return out;
}

gateway::BreakerConfig breaker(const Swarm& swarm, Plant plant) {
  gateway::BreakerConfig out;
  out.enabled = swarm.breakers;
  out.consecutive = swarm.consecutive;
  out.open_ms = plant == Plant::stuck_breaker ? 3'600'000 : swarm.open_ms;
  out.open_max_ms = plant == Plant::stuck_breaker ? 3'600'000 : 4 * swarm.open_ms;
  out.probe_lease_ms = 2 * swarm.total_ms;
  out.ramp_ms = swarm.ramp_ms;
  return out;
}

// Each model's fallback is the other one.
gateway::Route route(const std::string& model, const std::string& other, const Swarm& swarm,
                     Plant plant) {
  gateway::Route out;
  out.name = model;
  out.models = {model};
  out.keep_alive_ms = swarm.keep_alive_ms;
  out.inject_usage = swarm.injects_usage;
  out.stream_begin =
      swarm.begins_at_once ? gateway::StreamBegin::at_once : gateway::StreamBegin::with_content;
  out.deadline_ms = swarm.total_ms * (plant == Plant::late_deadline ? 3 : 1);
  out.retry.attempts_max = swarm.attempts_max;
  out.retry.base_ms = 50;
  out.retry.cap_ms = 500;
  if (swarm.falls_back) out.fallback = {other};
  out.on_break = swarm.on_break;
  if (swarm.hedge_ms > 0) out.hedge.after_ms = swarm.hedge_ms;
  if (swarm.hedges_same) out.hedge.targets = gateway::HedgeTargets::same;
  out.degraded.use = swarm.degraded;
  out.degraded.smaller = "small";
  out.degraded.canned.text = kCanned;
  return out;
}

std::shared_ptr<const gateway::Catalog> catalog(const GatewayParts& parts, const Costly& costly,
                                                gateway::Health& known, const Swarm& swarm) {
  auto out = std::make_shared<gateway::Catalog>();
  gateway::HealthDraft health(known);
  const auto openai = provider(Dialect::openai, parts.openai, swarm, parts.plant);
  const auto anthropic = provider(Dialect::anthropic, parts.anthropic, swarm, parts.plant);
  const auto rules = breaker(swarm, parts.plant);
  out->models["alpha"] = {"alpha",   openai, "m-alpha",
                          "m-alpha", true,   health.target("openai", "m-alpha", rules)};
  out->models["beta"] = {"beta",   anthropic, "m-beta",
                         "m-beta", true,      health.target("anthropic", "m-beta", rules)};
  out->models["small"] = out->models["alpha"];
  out->models["small"].name = "small";
  out->routes.push_back(route("alpha", "beta", swarm, parts.plant));
  out->routes.push_back(route("beta", "alpha", swarm, parts.plant));
  const bool unbounded = parts.plant == Plant::no_budget;
  resilience::HedgeBudgetRules hedges;
  hedges.extra_ratio = parts.plant == Plant::no_hedge_budget ? 1 : swarm.hedge_share;
  for (auto& each : out->routes) {
    if (!unbounded) each.budget = health.budget(each.name, budget_rules());
    if (swarm.hedge_ms > 0) each.hedges = health.hedges(each.name, hedges);
    const bool keeps = each.degraded.uses(gateway::Degraded::cached);
    if (keeps) each.last_answers = health.last_answers(each.name, 1024 * 1024);
  }
  health.take();
  out->prices = parts.plant == Plant::wrong_price ? costly.wrong_prices : costly.prices;
  return out;
}

std::shared_ptr<const security::KeySet> keys() {
  auto out = std::make_shared<security::KeySet>(true);
  base::Principal principal;
  principal.key_id = "sim";
  principal.tenant = "acme";
  out->add_declared("sim-key", std::move(principal));
  return out;
}

}  // namespace

Costly::Costly()
    : redactor(sim::redactor()),
      prices(price_book("2")),
      wrong_prices(price_book("3")),
      log(base::LogLevel::off, base::LogFormat::text) {
  auto store = storage::ResponseStore::open(folder.path(), 0, clock);
  if (!store) throw std::runtime_error(store.error().detail);
  responses = std::move(*store);
  auto kept = storage::IdempotencyStore::open(folder.path(), 0, clock);
  if (!kept) throw std::runtime_error(kept.error().detail);
  answers = std::move(*kept);
  auto known = server::Seen::open(folder.path());
  if (!known) throw std::runtime_error(known.error().detail);
  seen = std::move(*known);
}

Gateway::Gateway(GatewayParts parts, Costly& costly, const Swarm& swarm)
    : loop_(parts.clock, std::move(parts.random)),
      receive_(std::make_shared<const server::ReceiveRules>()),
      catalog_(catalog(parts, costly, health_, swarm)),
      keys_(keys()),
      services_(loop_, costly.log, costly.redactor, metrics_, parts.sink, vault_, caches_,
                *costly.responses, {flights_, *costly.answers}, keys_, catalog_, identity_,
                {*costly.seen, intake_counters_, receive_}),
      server_(
          {&loop_}, http::ServerLimits{},
          [this](http::Exchange& exchange) {
            return server::route(exchange, services_, metrics_, probes_, nullptr);
          },
          llm::openai::error_body, costly.log) {}

resilience::RetryBudgetRules budget_rules() { return {0.1, 0, 2}; }

int Gateway::shut() const {
  using resilience::BreakerState;
  int out = 0;
  for (const auto& target : health_.targets()) {
    const auto state = target->state(loop_.now()).breaker;
    if (state == BreakerState::open || state == BreakerState::forced_open) ++out;
  }
  return out;
}

}  // namespace headgate::sim
