// What /metrics shows of the process itself, read when somebody scrapes.
#pragma once

#include <memory>
#include <vector>

#include "base/loop.h"
#include "http/server.h"
#include "storage/traces/trace_store.h"
#include "telemetry/metrics.h"

namespace headgate::server {

/// Everything passed must outlive the metrics' last scrape.
void add_gauges(telemetry::Metrics& metrics, const http::Server& server,
                const storage::TraceStore& store,
                const std::vector<std::unique_ptr<base::Loop>>& loops);

}  // namespace headgate::server
