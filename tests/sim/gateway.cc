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

std::shared_ptr<const gateway::Catalog> catalog(const GatewayParts& parts, const Costly& costly,
                                                const Swarm& swarm) {
  auto out = std::make_shared<gateway::Catalog>();
  const auto openai = provider(Dialect::openai, parts.openai, swarm, parts.plant);
  const auto anthropic = provider(Dialect::anthropic, parts.anthropic, swarm, parts.plant);
  out->models["alpha"] = {"alpha", openai, "m-alpha", "m-alpha"};
  out->models["beta"] = {"beta", anthropic, "m-beta", "m-beta"};
  gateway::Route route;
  route.models = {"*"};
  route.keep_alive_ms = swarm.keep_alive_ms;
  route.inject_usage = swarm.injects_usage;
  route.stream_begin =
      swarm.begins_at_once ? gateway::StreamBegin::at_once : gateway::StreamBegin::with_content;
  out->routes.push_back(route);
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
      log(base::LogLevel::off, base::LogFormat::text) {}

Gateway::Gateway(GatewayParts parts, Costly& costly, const Swarm& swarm)
    : loop_(parts.clock, std::move(parts.random)),
      catalog_(catalog(parts, costly, swarm)),
      keys_(keys()),
      services_(loop_, costly.redactor, metrics_, parts.sink, vault_, caches_, keys_, catalog_,
                identity_),
      server_(
          {&loop_}, http::ServerLimits{},
          [this](http::Exchange& exchange) {
            return server::route(exchange, services_, metrics_, probes_);
          },
          llm::openai::error_body, costly.log) {}

}  // namespace headgate::sim
