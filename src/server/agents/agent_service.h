// What runs agents in this program: the journal, the board of runs under way, the policy, and for
// each loop a runner. Made by app.cc; outlives the loops' tasks that use it.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "agents/approvals/seen_webhooks.h"
#include "agents/definitions/definitions.h"
#include "agents/http_tools/http_tools.h"
#include "agents/native/native_tools.h"
#include "agents/policy/guarded_host.h"
#include "agents/policy/rule_policy.h"
#include "agents/run/runner.h"
#include "base/async/snapshot.h"
#include "http/client/proxy_environment.h"

namespace headgate::server {

class AgentService final : public agents::CallGuard {
 public:
  struct Parts {
    const http::ProxyEnvironment& proxies;
    agents::ToolHost* mcp;  // null: there are no remote servers
    agents::Runner::FindKey find_key;
    base::Log& log;
    const base::Clock& clock;
    telemetry::Metrics& metrics;
    std::string folder;
    std::int64_t age_max_us;
    agents::NativeFunctions functions = {};
    std::size_t function_threads = 1;
  };
  /// Opens the journal. Errors: config_invalid, a native tool without a function. REQUIRES: no
  /// other process writes the folder.
  static base::Result<std::unique_ptr<AgentService>> open(
      std::shared_ptr<const agents::Definitions> definitions, const Parts& parts);

  struct LoopParts {
    base::Loop& loop;
    gateway::Pipeline& pipeline;
    telemetry::SpanSink& sink;
    telemetry::CallMetrics& metrics;
    base::Redactor& redactor;
    storage::AuditTrail& audit;
    agents::knowledge::Retriever& retriever;
  };
  /// Of a loop that has one, from that loop.
  agents::Runner& runner_of(const base::Loop& loop);
  /// The loop's runner. On the main thread, before the loops run; the parts outlive them.
  agents::Runner& add_loop(const LoopParts& parts);
  base::Task<void> may_call(base::Context& ctx, std::string_view tool,
                            std::string_view arguments) override;
  /// Calls whose time to be approved is over, and runs whose journal could not be written. From
  /// time to time, on the main thread.
  void look_after();
  agents::SeenWebhooks& webhooks_seen() { return webhooks_seen_; }
  /// Takes up the runs that had not ended, spread over the loops. When all loops run.
  void recover();
  void reload(std::shared_ptr<const agents::Definitions> definitions) {
    definitions_.store(std::move(definitions));
  }
  const agents::NativeFunctions& functions() const { return natives_->functions(); }
  /// Runs that are under way stop at their next step, and go on after the next start.
  void drain() { board_.drain(); }
  std::size_t live() const { return board_.live(); }
  void add_gauges(telemetry::Metrics& metrics) const;
  /// Before the loops end: the journal's thread tells them what it did, connections are theirs.
  void close();

 private:
  AgentService(std::shared_ptr<const agents::Definitions> definitions, Parts parts,
               std::unique_ptr<storage::RunStore> store)
      : parts_(std::move(parts)),
        definitions_(std::move(definitions)),
        natives_(std::make_unique<agents::NativeTools>(std::move(parts_.functions),
                                                       parts_.function_threads)),
        denials_(parts_.metrics),
        values_(parts_.metrics),
        store_(std::move(store)) {}

  void end_waiting();
  void try_halted();
  /// For every run of that status, on one loop after the other.
  void each_of(agents::RunStatus status, void (agents::Runner::*act)(const std::string&));

  struct OfLoop {
    base::Loop* loop = nullptr;
    std::unique_ptr<agents::HttpTools> http;
    std::unique_ptr<agents::WebhookSender> webhooks;
    std::unique_ptr<agents::Runner> runner;
  };
  Parts parts_;
  base::SnapshotCell<agents::Definitions> definitions_;
  std::unique_ptr<agents::NativeTools> natives_;
  agents::RulePolicy policy_;
  agents::Denials denials_;
  agents::ValueCounts values_;
  agents::Board board_;
  agents::Waiting waiting_;
  agents::HaltedRuns halted_;
  std::atomic<bool> unlisted_{false};  // runs that had not ended could not be read
  base::MonoTime listed_at_;           // of the main thread
  agents::WebhookCounters webhook_counters_;
  agents::SeenWebhooks webhooks_seen_;
  std::unique_ptr<storage::RunStore> store_;
  std::vector<OfLoop> loops_;
};

}  // namespace headgate::server
