// Which path is served by whom: the whole table in one function. Health, readiness and metrics need
// no credential; everything under /v1 and /admin does.
#pragma once

#include <atomic>

#include "http/server/exchange.h"
#include "server/admin/admin.h"
#include "server/loop_services.h"
#include "telemetry/metrics.h"

namespace headgate::server {

/// State that the probes report; set by app.cc.
struct ProbeState {
  std::atomic<bool> ready{false};     // accepting and storing
  std::atomic<bool> draining{false};  // SIGTERM came: /readyz fails, requests under way go on
};

/// `tools` null: there is no admin API.
base::Async<void> route(http::Exchange& exchange, LoopServices& services,
                        telemetry::Metrics& metrics, const ProbeState& probes, AdminTools* tools);

}  // namespace headgate::server
