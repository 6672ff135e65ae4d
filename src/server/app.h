// The composition root: makes everything, wires it, runs it, takes it down. Read app.cc from top to
// bottom to see what the program consists of. Used by `headgate serve` (serve.h) and by programs
// that embed Headgate (src/embed); one a storage folder. All calls on one thread, or one after the
// other, but for what says where it is called.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/async/loop.h"
#include "base/random.h"
#include "gateway/degraded/queue_worker.h"
#include "server/admin/admin.h"
#include "server/agents/agent_service.h"
#include "server/api/routes.h"
#include "server/config.h"
#include "server/export/export_service.h"
#include "server/knowledge/knowledge_service.h"
#include "server/local/local_runs.h"
#include "server/loop_services.h"
#include "server/mcp/service.h"
#include "server/otlp/call_sink.h"
#include "server/stores.h"
#include "storage/audit/audit_trail.h"
#include "storage/traces/trace_store.h"

namespace headgate::server {

struct AppOptions {
  std::filesystem::path config;      // read again by reload()
  std::string listen;                // "HOST:PORT" in place of server.listen; empty: as configured
  std::filesystem::path ready_file;  // gets every listener's address once they accept; empty: none
  bool listens = true;
  agents::NativeFunctions functions = {};  // of native tools
  std::size_t function_threads = 1;        // that call them
};

class App {
 public:
  App(AppOptions options, Config config)
      : options_(std::move(options)),
        config_(std::move(config)),
        log_(config_.telemetry.log_level, config_.telemetry.log_format),
        main_(clock_),
        ticker_(main_.io()) {}
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  /// Everything is under way when it returns, but for run(). Errors: what could not be made or
  /// bound; call stop() all the same.
  base::Result<void> start();
  /// Until it has drained; the caller's thread is the main loop's.
  void run();
  /// After run(), or in its place: ends loops and threads, closes what is on the disk.
  void stop();

  /// On the main loop: no new work, what is under way may end in time, then run() returns. Asked
  /// twice: no more waiting.
  void drain();
  /// On the main loop. All or nothing: whatever is wrong with the new file, the running
  /// configuration stays.
  void reload();
  base::Loop& main_loop() { return main_; }

  // After start().
  LocalRuns& local_runs() { return *local_; }
  /// "127.0.0.1:8787"; empty: it does not listen.
  const std::string& address() const { return address_; }

 private:
  base::Result<void> build_snapshots();
  base::Result<void> open_agents();
  base::Result<void> build_loops();
  base::Result<void> start_exports();
  base::Result<void> open_listener();
  base::Result<std::shared_ptr<const security::KeySet>> all_keys(const Config& config);
  base::Result<void> bind();
  void show_gauges();
  void tick();
  void refresh_keys();
  void tell_cache_alarms();
  LoopServices& services_of(const base::Loop& loop);

  const AppOptions options_;
  Config config_;
  base::RealClock clock_;
  base::Log log_;
  base::Loop main_;
  base::Timer ticker_;
  telemetry::Metrics metrics_{static_cast<std::size_t>(config_.telemetry.label_values_max)};
  http::ProxyEnvironment proxies_;
  std::unique_ptr<storage::TraceStore> store_;
  Stores stores_;
  std::unique_ptr<Seen> seen_;
  IntakeCounters intake_counters_;
  std::unique_ptr<base::SnapshotCell<ReceiveRules>> receive_;
  std::int64_t keys_version_ = 0;
  std::unique_ptr<base::SnapshotCell<gateway::Catalog>> catalog_;
  std::unique_ptr<base::SnapshotCell<security::KeySet>> keys_;
  gateway::Health health_;
  resilience::ChaosRules chaos_;
  std::unique_ptr<storage::AuditTrail> audit_;
  std::optional<AdminTools> admin_;
  std::set<std::string> breakers_shown_;
  std::set<std::string> slots_shown_;
  std::set<std::string> providers_shown_;
  gateway::SignatureVault vault_;
  gateway::PromptCacheWatch caches_{base::RealRandom().next()};
  IdentityHeaders identity_;
  ProbeState probes_;
  std::unique_ptr<McpService> mcp_;  // null: no server of the other side, and none is served
  std::unique_ptr<KnowledgeService> knowledge_;
  std::unique_ptr<AgentService> agents_;
  std::unique_ptr<LocalRuns> local_;
  std::vector<std::unique_ptr<base::Loop>> loops_;
  std::unique_ptr<ExportService> exports_;
  std::atomic<ExportService*> kept_to_{nullptr};  // null: not now
  std::vector<std::unique_ptr<CallSink>> sinks_;
  std::vector<std::unique_ptr<LoopServices>> services_;
  std::unique_ptr<gateway::QueueWorker> queue_worker_;  // on the first loop
  std::unique_ptr<http::Server> server_;
  std::string address_;
  std::vector<std::thread> threads_;
  base::MonoTime drain_until_ = base::MonoTime::max();
};

}  // namespace headgate::server
