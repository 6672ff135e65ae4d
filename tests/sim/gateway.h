// The gateway under test: the real server, endpoints, pipeline, codecs and HTTP client of one loop,
// put together as server/app.cc does, with the world's clock, randomness, network and sink. Nothing
// in it is a stand-in. Owned by the world; single-threaded.
#pragma once

#include <memory>

#include "base/async/loop.h"
#include "base/redact/redact.h"
#include "base/text/log.h"
#include "cost/price_book.h"
#include "gateway/delivery/health.h"
#include "http/server/server.h"
#include "plants.h"
#include "server/api/routes.h"
#include "server/loop_services.h"
#include "storage/responses/response_store.h"
#include "storage/temporary_folder.h"
#include "swarm.h"

namespace headgate::sim {

/// Picodollars a token, of both models.
inline constexpr base::Picodollars kInputPrice = 1'000'000;
inline constexpr base::Picodollars kOutputPrice = 2'000'000;

/// What routes say when no target answers.
inline constexpr std::string_view kCanned = "No model can be reached.";

/// Of each route, in every run.
resilience::RetryBudgetRules budget_rules();

/// What is dear to make and the same for every run.
struct Costly {
  Costly();
  base::Redactor redactor;
  std::shared_ptr<const cost::PriceBook> prices;
  std::shared_ptr<const cost::PriceBook> wrong_prices;
  base::Log log;
  // Nobody asks for it here: it has a thread, which no run may wait for.
  storage::TemporaryFolder folder;
  base::RealClock clock;
  std::unique_ptr<storage::ResponseStore> responses;
  std::unique_ptr<storage::IdempotencyStore> answers;
  std::unique_ptr<server::Seen> seen;
};

/// What the world gives it.
struct GatewayParts {
  const base::Clock& clock;
  std::unique_ptr<base::Random> random;
  telemetry::SpanSink& sink;
  http::Dialer& openai;
  http::Dialer& anthropic;
  Plant plant = Plant::none;
};

class Gateway {
 public:
  Gateway(GatewayParts parts, Costly& costly, const Swarm& swarm);

  base::Loop& loop() { return loop_; }
  /// A connection that a client has opened.
  void take(int fd) { server_.adopt(loop_, fd); }
  http::ServerStats stats() const { return server_.stats(); }
  /// Targets whose breakers would still refuse a call.
  int shut() const;

 private:
  base::Loop loop_;
  telemetry::Metrics metrics_;
  gateway::Health health_;
  gateway::SignatureVault vault_;
  gateway::PromptCacheWatch caches_{0};
  server::IdentityHeaders identity_;
  server::ProbeState probes_;
  gateway::Flights flights_{"sim", 1024 * 1024};
  server::IntakeCounters intake_counters_;
  base::SnapshotCell<server::ReceiveRules> receive_;
  base::SnapshotCell<gateway::Catalog> catalog_;
  base::SnapshotCell<security::KeySet> keys_;
  server::LoopServices services_;
  http::Server server_;
};

}  // namespace headgate::sim
