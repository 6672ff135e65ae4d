#include "server/app.h"

#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "llm/openai/bodies.h"
#include "server/admin/chaos_upkeep.h"
#include "server/build_catalog.h"
#include "server/gauges.h"
#include "server/ready_file.h"
#include "server/rules_of.h"
#include "server/sampling.h"
#include "storage/partitions/day.h"

namespace headgate::server {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr base::Duration kTick = base::milliseconds(250);
constexpr base::Duration kCutGrace = base::seconds(2);  // for cut connections to unwind

std::size_t usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<std::size_t>(std::max(1, CPU_COUNT(&set)));
}

std::string environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

Result<void> App::start() {
  auto proxies = http::ProxyEnvironment::read(environment);
  if (!proxies) return proxies.error();
  proxies_ = std::move(*proxies);
  const std::size_t threads = config_.server.threads > 0
                                  ? static_cast<std::size_t>(config_.server.threads)
                                  : usable_cores();
  storage::StorageOptions storage = storage_options(config_);
  storage.report = [this](std::string_view what) { log_.warn("storage", {{"message", what}}); };
  storage.sampling = sampling_policy(config_.routes);
  storage.exports = [this](const telemetry::ExchangeRecord& record) {
    ExportService* const exports = kept_to_.load();
    return exports != nullptr && exports->take_kept(record);
  };
  auto store = storage::TraceStore::open(std::move(storage), threads, clock_);
  if (!store) return store.error();
  store_ = std::move(*store);
  if (auto ok = stores_.open(config_, clock_); !ok) return ok.error();
  for (std::size_t i = 0; i < threads; ++i) loops_.push_back(std::make_unique<base::Loop>(clock_));
  if (auto ok = build_snapshots(); !ok) return ok.error();
  if (config_.mcp.server.enabled || !config_.mcp.servers.empty()) {
    std::vector<base::Loop*> loops;
    for (auto& loop : loops_) loops.push_back(loop.get());
    const bool tls = !config_.server.tls.certificate.empty();
    auto mcp = McpService::make(config_.mcp, tls, loops, log_, environment);
    if (!mcp) return mcp.error();
    mcp_ = std::move(*mcp);
  }
  knowledge_ = std::make_unique<KnowledgeService>(config_.storage.path.string(), config_.knowledge);
  if (auto ok = open_agents(); !ok) return ok.error();
  if (auto ok = build_loops(); !ok) return ok.error();
  if (auto ok = open_listener(); !ok) return ok.error();
  if (options_.ready_file.empty()) return {};
  return write_ready_file(options_.ready_file, {{"api", address_}});
}

Result<void> App::open_agents() {
  auto definitions = agents::make_definitions(config_.tools, config_.agents, config_.approvals);
  if (!definitions) return definitions.error();
  const auto find_key = [this](const std::string& key_id) { return keys_->load()->holder(key_id); };
  const AgentService::Parts parts{proxies_,
                                  mcp_ ? &mcp_->remotes() : nullptr,
                                  find_key,
                                  log_,
                                  clock_,
                                  metrics_,
                                  config_.storage.path.string(),
                                  config_.storage.runs_days * storage::kDayUs,
                                  options_.functions,
                                  options_.function_threads};
  auto opened = AgentService::open(std::move(*definitions), parts);
  if (!opened) return opened.error();
  agents_ = std::move(*opened);
  if (mcp_) mcp_->set_agents(*agents_);
  return {};
}

Result<void> App::build_snapshots() {
  gateway::HealthDraft health(health_);
  auto catalog = build_catalog(config_, proxies_, health, clock_.unix_us());
  if (!catalog) return catalog.error();
  if (!(*catalog)->prices) {
    log_.warn("no_price_book", {{"effect", "every call is recorded as unpriced"},
                                {"remedy", "set cost.price_book"}});
  }
  catalog_ = std::make_unique<base::SnapshotCell<gateway::Catalog>>(std::move(*catalog));
  auto keys = all_keys(config_);
  if (!keys) return keys.error();
  health.take();
  if ((*keys)->size() == 0 && config_.auth.required && options_.listens) {
    log_.warn("no_api_keys", {{"effect", "every call is refused"},
                              {"remedy", "headgate key create, or auth.keys"}});
  }
  keys_ = std::make_unique<base::SnapshotCell<security::KeySet>>(std::move(*keys));
  caches_.set_alarm(cache_alarm_rules(config_));
  identity_ = {config_.auth.header_user, config_.auth.header_session, config_.auth.header_workflow};
  return {};
}

Result<void> App::build_loops() {
  auto redactor = base::Redactor::create(config_.telemetry.redact_keys);
  if (!redactor) return redactor.error();
  audit_ = std::make_unique<storage::AuditTrail>(config_.storage.path.string(), *redactor, clock_,
                                                 [this](std::string_view what) {
                                                   log_.error("audit_failed", {{"error", what}});
                                                 });
  admin_.emplace(AdminTools{health_, chaos_, *audit_, log_});
  switch_chaos(*admin_, config_.chaos.enabled);
  auto seen = Seen::open(config_.storage.path.string());
  if (!seen) return seen.error();
  seen_ = std::move(*seen);
  receive_ = std::make_unique<base::SnapshotCell<ReceiveRules>>(receive_rules(config_));
  if (auto ok = start_exports(); !ok) return ok.error();
  const SharedIntake shared{*seen_, intake_counters_, *receive_};
  const IdempotencyServices idempotency{*stores_.flights, *stores_.answers};
  local_ = std::make_unique<LocalRuns>(log_);
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    sinks_.push_back(std::make_unique<CallSink>(store_->sink(i), *seen_, exports_->tap(i),
                                                config_.storage.traces));
    services_.push_back(std::make_unique<LoopServices>(
        *loops_[i], log_, *redactor, metrics_, *sinks_[i], vault_, caches_, *stores_.responses,
        idempotency, *keys_, *catalog_, identity_, shared, &chaos_, stores_.queued.get()));
    LoopServices& services = *services_.back();
    if (config_.mcp.server.enabled) services.mcp = mcp_.get();
    const agents::knowledge::RetrievalTools tools{services.tools.sink, services.redactor};
    services.retriever.emplace(knowledge_->bases(), services.pipeline, tools);
    services.webhooks_seen = &agents_->webhooks_seen();
    services.runner =
        &agents_->add_loop({*loops_[i], services.pipeline, *sinks_[i], services.metrics,
                            services.redactor, *audit_, *services.retriever});
    local_->add_loop(*loops_[i], *services.runner);
  }
  const auto find_key = [this](const std::string& key_id) { return keys_->load()->holder(key_id); };
  queue_worker_ = std::make_unique<gateway::QueueWorker>(*loops_[0], services_[0]->pipeline,
                                                         *stores_.queued, find_key);
  queue_worker_->start();
  return {};
}

Result<void> App::start_exports() {
  auto plans = plan_exports(config_.telemetry.otlp.exporters, proxies_);
  if (!plans) return plans.error();
  const ExportOptions options{config_.storage.path.string(),
                              static_cast<std::size_t>(config_.storage.journal_bytes),
                              loops_.size(), sampling_policy(config_.routes)};
  exports_ = std::make_unique<ExportService>(options, clock_, log_, metrics_);
  auto started = exports_->start(std::move(*plans));
  if (started) kept_to_ = exports_.get();
  return started;
}

Result<void> App::open_listener() {
  std::vector<base::Loop*> loops;
  for (auto& loop : loops_) loops.push_back(loop.get());
  http::Handler handler = [this](http::Exchange& exchange) {
    return route(exchange, services_of(exchange.loop()), metrics_, probes_, &*admin_);
  };
  server_ = std::make_unique<http::Server>(std::move(loops), config_.server.limits,
                                           std::move(handler), llm::openai::error_body, log_);
  if (options_.listens) {
    if (auto bound = bind(); !bound) return bound;
  }
  for (auto& loop : loops_) threads_.emplace_back([&loop = *loop] { loop.run(); });
  show_gauges();
  agents_->recover();
  probes_.ready = true;
  log_.info("serving", {{"address", address_.empty() ? "none" : address_},
                        {"tls", config_.server.tls.certificate.empty() ? "off" : "on"},
                        {"threads", loops_.size()},
                        {"models", config_.models.size()}});
  return {};
}

Result<void> App::bind() {
  http::ListenOptions listen;
  base::config::Address address = config_.server.listen;
  if (!options_.listen.empty()) {
    auto parsed = base::config::Address::parse(options_.listen);
    if (!parsed) return fail(Errc::config_invalid, "--listen: " + parsed.error().detail);
    address = *parsed;
  }
  listen.host = address.host;
  listen.port = address.port;
  listen.tls = {config_.server.tls.certificate.string(), config_.server.tls.key.string()};
  auto bound = server_->listen(listen);
  if (!bound) return bound.error();
  address_ = std::move(*bound);
  return {};
}

void App::show_gauges() {
  add_gauges(metrics_, *server_, *store_, loops_, log_);
  add_sampling_gauges(metrics_, store_->sampled());
  add_audit_gauges(metrics_, *audit_);
  add_chaos_gauge(metrics_, chaos_, clock_);
  add_breaker_gauges(metrics_, health_, clock_, breakers_shown_);
  add_slot_gauges(metrics_, health_, slots_shown_);
  add_connection_gauges(metrics_, health_, providers_shown_);
  add_intake_gauges(metrics_, intake_counters_);
  if (mcp_) mcp_->add_gauges(metrics_);
  add_queue_gauges(metrics_, stores_.queued->counts());
  if (!config_.storage.traces) {
    log_.warn("traces_off", {{"key", "storage.traces"}, {"effect", "calls leave no traces"}});
  }
  knowledge_->add_gauges(metrics_);
  agents_->add_gauges(metrics_);
}

LoopServices& App::services_of(const base::Loop& loop) {
  std::size_t i = 0;
  while (loops_[i].get() != &loop) ++i;  // a handful of loops: cheaper than a map
  return *services_[i];
}

Result<std::shared_ptr<const security::KeySet>> App::all_keys(const Config& config) {
  auto keys = build_keys(config.auth);
  if (!keys) return keys.error();
  const auto version = stores_.keys->version();
  if (!version) return version.error();
  auto stored = stores_.keys->list();
  if (!stored) return stored.error();
  keys_version_ = *version;  // not before: what could not be read is read again
  for (auto& key : *stored) {
    base::Principal principal{key.id, key.user, key.tenant, key.tier, key.scopes, key.models};
    (*keys)->add_stored(key.id, key.salt, key.hash, key.revoked_unix_us.has_value(),
                        std::move(principal));
  }
  return std::shared_ptr<const security::KeySet>(std::move(*keys));
}

void App::run() {
  tick();
  main_.run();
}

void App::reload() {
  const auto refuse = [&](const std::string& why) {
    log_.error("reload_refused", {{"error", why}, {"effect", "the running configuration stays"}});
  };
  LoadedConfig loaded = load_config(options_.config);
  for (const auto& problem : loaded.problems) refuse(problem.text(options_.config.string()));
  if (!loaded.ok()) return;
  for (const auto& key : restart_needed(config_, loaded.value)) {
    refuse(key + " cannot change in a running process; restart it, or put the old value back");
    return;
  }
  gateway::HealthDraft health(health_);
  auto catalog = build_catalog(loaded.value, proxies_, health, clock_.unix_us());
  if (!catalog) return refuse(catalog.error().detail);
  auto keys = all_keys(loaded.value);
  if (!keys) return refuse(keys.error().detail);
  auto plans = plan_exports(loaded.value.telemetry.otlp.exporters, proxies_);
  if (!plans) return refuse(plans.error().detail);
  auto definitions =
      agents::make_definitions(loaded.value.tools, loaded.value.agents, loaded.value.approvals);
  if (!definitions) return refuse(definitions.error().detail);
  const auto complete = agents::check_functions(loaded.value.tools, agents_->functions());
  if (!complete) return refuse(complete.error().detail);
  health.take();
  config_ = std::move(loaded.value);
  exports_->apply(std::move(*plans));
  const auto sampling = sampling_policy(config_.routes);
  exports_->set_sampling(sampling);
  store_->sampling().set_policy(sampling);
  catalog_->store(std::move(*catalog));
  knowledge_->apply(config_.knowledge);
  knowledge_->add_gauges(metrics_);
  agents_->reload(std::move(*definitions));
  add_breaker_gauges(metrics_, health_, clock_, breakers_shown_);
  add_slot_gauges(metrics_, health_, slots_shown_);
  add_connection_gauges(metrics_, health_, providers_shown_);
  keys_->store(std::move(*keys));
  receive_->store(receive_rules(config_));
  caches_.set_alarm(cache_alarm_rules(config_));
  log_.set_level(config_.telemetry.log_level);
  switch_chaos(*admin_, config_.chaos.enabled);
  log_.info("reloaded", {{"models", config_.models.size()}, {"routes", config_.routes.size()}});
}

void App::drain() {
  if (probes_.draining) {
    drain_until_ = clock_.now();
    return;
  }
  log_.info("draining", {{"requests", server_->stats().requests_active},
                         {"timeout_ms", config_.server.drain_timeout_ms}});
  probes_.draining = true;
  if (mcp_) mcp_->end_streams();
  agents_->drain();
  drain_until_ = clock_.now() + base::milliseconds(config_.server.drain_timeout_ms);
  server_->drain();
}

void App::refresh_keys() {
  const auto version = stores_.keys->version();
  if (version && *version == keys_version_) return;
  auto keys = all_keys(config_);
  if (!keys) {
    log_.error("keys_not_refreshed", {{"error", keys.error().detail}});
    return;
  }
  keys_->store(std::move(*keys));
  log_.info("keys_refreshed");
}

void App::tell_cache_alarms() {
  for (const auto& change : caches_.take_alarm_changes(clock_.now())) {
    metrics_.set_cache_alarm(change.model, change.provider, change.raised);
    if (change.raised) {
      log_.warn("prompt_cache_alarm", {{"model", change.model},
                                       {"provider", change.provider},
                                       {"reason", name(change.reason)},
                                       {"expected_tokens", change.expected},
                                       {"read_tokens", change.read}});
    } else if (!change.is_new) {
      log_.info("prompt_cache_alarm_over",
                {{"model", change.model}, {"provider", change.provider}});
    }
  }
}

// Four times a second: new keys are noticed, prompt caches that are not read, and a drain's end.
void App::tick() {
  refresh_keys();
  tell_cache_alarms();
  tell_ended_chaos(*admin_, clock_.now());
  agents_->look_after();
  if (probes_.draining) {
    const auto open = server_->stats().connections_open;
    const bool idle = open == 0 && agents_->live() == 0;
    if (idle || clock_.now() >= drain_until_ + kCutGrace) {
      main_.stop();
      return;
    }
    if (clock_.now() >= drain_until_) server_->close_all();
  }
  ticker_.expires_after(kTick);
  ticker_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

void App::stop() {
  if (local_) local_->close();
  for (auto& loop : loops_) loop->stop();
  for (auto& thread : threads_) thread.join();
  const std::uint64_t cut = server_ ? server_->stats().connections_open : 0;
  server_.reset();
  stores_.close();
  if (knowledge_) knowledge_->stop();
  if (agents_) agents_->close();
  audit_.reset();
  kept_to_ = nullptr;
  if (exports_) exports_->stop();
  services_.clear();
  if (mcp_) mcp_->release();
  loops_.clear();
  if (store_) store_->close();
  log_.info("stopped", {{"connections_cut", cut}});
}

}  // namespace headgate::server
