// What /metrics shows of the process itself: connections, journals, loops, memory. Read when
// somebody scrapes, so that the data path pays nothing for them.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/async/loop.h"
#include "base/text/log.h"
#include "gateway/delivery/health.h"
#include "http/server/server.h"
#include "resilience/chaos/rules.h"
#include "server/otlp/intake.h"
#include "storage/audit/audit_trail.h"
#include "storage/queued/queued_call_table.h"
#include "storage/traces/trace_store.h"
#include "telemetry/metrics.h"

namespace headgate::server {

/// Everything passed must outlive the metrics' last scrape.
void add_gauges(telemetry::Metrics& metrics, const http::Server& server,
                const storage::TraceStore& store,
                const std::vector<std::unique_ptr<base::Loop>>& loops, const base::Log& log);

void add_audit_gauges(telemetry::Metrics& metrics, const storage::AuditTrail& audit);
void add_chaos_gauge(telemetry::Metrics& metrics, const resilience::ChaosRules& chaos,
                     const base::Clock& clock);

/// Of the targets that have none yet: after start-up, and after a reload has brought new ones.
void add_breaker_gauges(telemetry::Metrics& metrics, const gateway::Health& health,
                        const base::Clock& clock, std::set<std::string>& known);

/// Of the providers and routes with a limit of calls that have none yet: likewise.
void add_slot_gauges(telemetry::Metrics& metrics, const gateway::Health& health,
                     std::set<std::string>& known);

/// Of the connections to providers that have none yet: likewise.
void add_connection_gauges(telemetry::Metrics& metrics, const gateway::Health& health,
                           std::set<std::string>& known);

/// Calls that were queued. `counts` must outlive the last scrape.
void add_queue_gauges(telemetry::Metrics& metrics, const storage::QueueCounts& counts);

/// Spans from outside. `counters` must outlive the last scrape.
void add_intake_gauges(telemetry::Metrics& metrics, const IntakeCounters& counters);

}  // namespace headgate::server
