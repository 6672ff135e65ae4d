// What one loop needs to serve requests: its own pipeline, counters and readers of the shared
// snapshots. Made by app.cc before the loop runs, used by its thread only.
#pragma once

#include <optional>
#include <string>

#include "agents/retrieval/retriever.h"
#include "base/async/loop.h"
#include "base/async/snapshot.h"
#include "base/redact/redact.h"
#include "gateway/call_log.h"
#include "gateway/idempotency/once.h"
#include "gateway/pipeline.h"
#include "security/authenticator.h"
#include "server/mcp/service.h"
#include "server/otlp/loop_intake.h"
#include "storage/queued/queued_call_store.h"
#include "storage/responses/response_store.h"
#include "telemetry/metrics.h"

namespace headgate::agents {
class Runner;
class SeenWebhooks;
}  // namespace headgate::agents

namespace headgate::server {

/// Names of the headers that say on whose behalf a call is made.
struct IdentityHeaders {
  std::string user = "x-user-id";
  std::string session = "x-session-id";
  std::string workflow = "x-workflow-id";
};

/// What the loops share of calls with an idempotency key.
struct IdempotencyServices {
  gateway::Flights& flights;
  storage::IdempotencyStore& store;
};

struct LoopServices {
  base::Loop& loop;
  base::Redactor redactor;
  telemetry::CallMetrics metrics;
  security::Authenticator authenticator;
  storage::ResponseStore& responses;
  gateway::CallLog log;
  gateway::CallTools tools;
  gateway::Pipeline pipeline;
  gateway::Once once;
  const IdentityHeaders& identity;
  McpService* mcp = nullptr;                      // null: it is not served
  agents::Runner* runner = nullptr;               // null: there are no agents
  agents::SeenWebhooks* webhooks_seen = nullptr;  // of that runner
  LoopIntake intake;
  std::optional<agents::knowledge::Retriever> retriever;  // nothing: there is no knowledge

  LoopServices(base::Loop& l, base::Log& shared_log, const base::Redactor& shared_redactor,
               telemetry::Metrics& registry, telemetry::SpanSink& sink,
               gateway::SignatureVault& vault, gateway::PromptCacheWatch& caches,
               storage::ResponseStore& stored, IdempotencyServices idempotency,
               const base::SnapshotCell<security::KeySet>& keys,
               const base::SnapshotCell<gateway::Catalog>& catalog, const IdentityHeaders& headers,
               const SharedIntake& shared, resilience::ChaosRules* chaos = nullptr,
               storage::QueuedCallStore* queued = nullptr)
      : loop(l),
        redactor(shared_redactor),
        metrics(registry),
        authenticator(keys),
        responses(stored),
        log(shared_log, redactor),
        tools{sink, metrics, redactor, vault, caches, &stored, &log, chaos, queued},
        pipeline(l, catalog, tools),
        once(l, pipeline, tools, idempotency.flights, idempotency.store),
        identity(headers),
        intake(sink, shared, redactor) {}
  LoopServices(const LoopServices&) = delete;
  LoopServices& operator=(const LoopServices&) = delete;
};

}  // namespace headgate::server
