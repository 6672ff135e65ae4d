#include "server/agents/agent_service.h"

#include <utility>

namespace headgate::server {

using agents::RunStatus;
using base::Result;

namespace {

constexpr base::Duration kListAgain = base::seconds(5);

}  // namespace

Result<std::unique_ptr<AgentService>> AgentService::open(
    std::shared_ptr<const agents::Definitions> definitions, const Parts& parts) {
  const auto complete = agents::check_functions(definitions->tools, parts.functions);
  if (!complete) return complete.error();
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

agents::Runner& AgentService::add_loop(const LoopParts& parts) {
  OfLoop& of = loops_.emplace_back();
  of.loop = &parts.loop;
  of.http = std::make_unique<agents::HttpTools>(parts.loop, parts_.proxies);
  of.webhooks = std::make_unique<agents::WebhookSender>(parts.loop, parts_.proxies, waiting_,
                                                        webhook_counters_, parts_.log);
  const agents::RunTools tools{parts.loop,     parts.pipeline, parts.sink, parts.metrics,
                               parts.redactor, *of.http,       parts_.mcp, parts.retriever,
                               *natives_,      *store_,        board_,     policy_,
                               parts.audit,    denials_,       values_,    waiting_,
                               *of.webhooks,   halted_,        parts_.log};
  of.runner = std::make_unique<agents::Runner>(tools, definitions_, parts_.find_key);
  return *of.runner;
}

void AgentService::each_of(RunStatus status, void (agents::Runner::*act)(const std::string&)) {
  store_->ids_of(std::string(name(status)), [this, act](Result<std::vector<std::string>> ids) {
    if (!ids) {
      parts_.log.error("runs_not_recovered", {{"error", ids.error().detail}});
      unlisted_ = true;
      return;
    }
    std::size_t next = 0;
    for (const std::string& id : *ids) {
      (loops_[next++ % loops_.size()].runner.get()->*act)(id);
    }
  });
}

void AgentService::close() {
  natives_.reset();
  store_.reset();
  for (const OfLoop& of : loops_) of.http->release();
}

void AgentService::recover() {
  listed_at_ = parts_.clock.now();
  each_of(RunStatus::running, &agents::Runner::take_up);
  each_of(RunStatus::waiting_for_approval, &agents::Runner::expire);
  each_of(RunStatus::needs_attention, &agents::Runner::expire);
}

agents::Runner& AgentService::runner_of(const base::Loop& loop) {
  std::size_t i = 0;
  while (loops_[i].loop != &loop) ++i;  // a handful of loops
  return *loops_[i].runner;
}

base::Task<void> AgentService::may_call(base::Context& ctx, std::string_view tool,
                                        std::string_view arguments) {
  return runner_of(ctx.loop).may_call(ctx, tool, arguments);
}

void AgentService::look_after() {
  if (board_.draining()) return;
  end_waiting();
  try_halted();
  const bool due = parts_.clock.now() - listed_at_ >= kListAgain;
  if (due && unlisted_.exchange(false)) recover();
}

// Those that are driven stay as they are.
void AgentService::try_halted() {
  std::size_t next = 0;
  for (const std::string& id : halted_.due(parts_.clock.now())) {
    loops_[next++ % loops_.size()].runner->take_up(id);
  }
}

void AgentService::end_waiting() {
  std::size_t next = 0;
  for (const std::string& id : waiting_.due(parts_.clock.unix_us())) {
    loops_[next++ % loops_.size()].runner->expire(id);
  }
}

void AgentService::add_gauges(telemetry::Metrics& metrics) const {
  const storage::RunStore& store = *store_;
  metrics.on_scrape("headgate_runs_active", "Runs of agents that are being worked on.", {},
                    [this] { return static_cast<double>(board_.live()); });
  metrics.on_scrape("headgate_runs_halted",
                    "Runs whose journal could not be written or read; each is tried again.", {},
                    [this] { return static_cast<double>(halted_.waiting()); });
  metrics.on_scrape("headgate_approvals_waiting", "Calls of tools that wait for approval.", {},
                    [this] { return static_cast<double>(waiting_.size()); });
  const agents::WebhookCounters& hooks = webhook_counters_;
  const char* hooks_name = "headgate_approval_webhooks_total";
  const char* hooks_help = "Times that webhooks were told of calls that wait, by outcome.";
  metrics.on_scrape_total(hooks_name, hooks_help, {{"outcome", "delivered"}},
                          [&hooks] { return static_cast<double>(hooks.delivered.load()); });
  metrics.on_scrape_total(hooks_name, hooks_help, {{"outcome", "failed"}},
                          [&hooks] { return static_cast<double>(hooks.failed.load()); });
  metrics.on_scrape_total(hooks_name, hooks_help, {{"outcome", "given_up"}},
                          [&hooks] { return static_cast<double>(hooks.given_up.load()); });
  metrics.on_scrape_total("headgate_run_entries_total", "Entries written to the journal of runs.",
                          {}, [&store] { return static_cast<double>(store.stats().entries); });
  metrics.on_scrape_total("headgate_run_commits_total", "Transactions that entries were in.", {},
                          [&store] { return static_cast<double>(store.stats().commits); });
  metrics.on_scrape_total("headgate_run_commit_failures_total",
                          "Transactions that could not be committed.", {},
                          [&store] { return static_cast<double>(store.stats().failures); });
}

}  // namespace headgate::server
