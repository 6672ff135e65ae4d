#include "server/agents/agent_service.h"

#include <utility>

namespace headgate::server {

using agents::RunStatus;
using base::Result;

Result<std::unique_ptr<AgentService>> AgentService::open(
    std::shared_ptr<const agents::Definitions> definitions, const Parts& parts) {
  storage::RunStore::Options options;
  options.age_max_us = parts.age_max_us;
  for (const RunStatus status :
       {RunStatus::finished, RunStatus::failed, RunStatus::cancelled, RunStatus::stopped}) {
    options.ended.emplace_back(name(status));
  }
  auto store = storage::RunStore::open(parts.folder, std::move(options), parts.clock);
  if (!store) return store.error();
  return std::unique_ptr<AgentService>(
      new AgentService(std::move(definitions), parts, std::move(*store)));
}

agents::Runner& AgentService::add_loop(base::Loop& loop, gateway::Pipeline& pipeline,
                                       telemetry::SpanSink& sink, telemetry::CallMetrics& metrics,
                                       base::Redactor& redactor) {
  OfLoop& of = loops_.emplace_back();
  of.http = std::make_unique<agents::HttpTools>(loop, parts_.proxies);
  const agents::RunTools tools{loop,       pipeline, sink,   metrics, redactor,  *of.http,
                               parts_.mcp, *store_,  board_, policy_, parts_.log};
  of.runner = std::make_unique<agents::Runner>(tools, definitions_, parts_.find_key);
  return *of.runner;
}

void AgentService::close() {
  store_.reset();
  for (const OfLoop& of : loops_) of.http->release();
}

void AgentService::recover() {
  store_->ids_of(std::string(name(RunStatus::running)),
                 [this](Result<std::vector<std::string>> ids) {
                   if (!ids) {
                     parts_.log.error("runs_not_recovered", {{"error", ids.error().detail}});
                     return;
                   }
                   std::size_t next = 0;
                   for (const std::string& id : *ids) {
                     loops_[next++ % loops_.size()].runner->take_up(id);
                   }
                 });
}

void AgentService::add_gauges(telemetry::Metrics& metrics) const {
  const storage::RunStore& store = *store_;
  metrics.on_scrape("headgate_runs_active", "Runs of agents that are being worked on.", {},
                    [this] { return static_cast<double>(board_.live()); });
  metrics.on_scrape_total("headgate_run_entries_total", "Entries written to the journal of runs.",
                          {}, [&store] { return static_cast<double>(store.stats().entries); });
  metrics.on_scrape_total("headgate_run_commits_total", "Transactions that entries were in.", {},
                          [&store] { return static_cast<double>(store.stats().commits); });
  metrics.on_scrape_total("headgate_run_commit_failures_total",
                          "Transactions that could not be committed.", {},
                          [&store] { return static_cast<double>(store.stats().failures); });
}

}  // namespace headgate::server
