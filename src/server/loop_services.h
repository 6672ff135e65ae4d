// What one loop needs to serve requests: its own pipeline, counters and readers of the shared
// snapshots. Made by app.cc before the loop runs, used by its thread only.
#pragma once

#include <string>

#include "base/async/loop.h"
#include "base/async/snapshot.h"
#include "base/redact/redact.h"
#include "gateway/pipeline.h"
#include "security/authenticator.h"
#include "server/otlp/loop_intake.h"
#include "storage/responses/response_store.h"
#include "telemetry/metrics.h"

namespace headgate::server {

/// Names of the headers that say on whose behalf a call is made.
struct IdentityHeaders {
  std::string user = "x-user-id";
  std::string session = "x-session-id";
  std::string workflow = "x-workflow-id";
};

struct LoopServices {
  base::Loop& loop;
  base::Redactor redactor;
  telemetry::CallMetrics metrics;
  security::Authenticator authenticator;
  storage::ResponseStore& responses;
  gateway::Pipeline pipeline;
  const IdentityHeaders& identity;
  LoopIntake intake;

  LoopServices(base::Loop& l, const base::Redactor& shared_redactor, telemetry::Metrics& registry,
               telemetry::SpanSink& sink, gateway::SignatureVault& vault,
               gateway::PromptCacheWatch& caches, storage::ResponseStore& stored,
               const base::SnapshotCell<security::KeySet>& keys,
               const base::SnapshotCell<gateway::Catalog>& catalog, const IdentityHeaders& headers,
               const SharedIntake& shared)
      : loop(l),
        redactor(shared_redactor),
        metrics(registry),
        authenticator(keys),
        responses(stored),
        pipeline(l, catalog, gateway::CallTools{sink, metrics, redactor, vault, caches, &stored}),
        identity(headers),
        intake(sink, shared, redactor) {}
  LoopServices(const LoopServices&) = delete;
  LoopServices& operator=(const LoopServices&) = delete;
};

}  // namespace headgate::server
