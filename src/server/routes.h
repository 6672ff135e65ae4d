// Which path is served by whom: the whole table in one function.
#pragma once

#include <atomic>

#include "http/exchange.h"
#include "server/loop_services.h"
#include "telemetry/metrics.h"

namespace headgate::server {

/// State that the probes report; set by app.cc.
struct ProbeState {
  std::atomic<bool> ready{false};     // accepting and storing
  std::atomic<bool> draining{false};  // SIGTERM came: /readyz fails, requests under way go on
};

base::Async<void> route(http::Exchange& exchange, LoopServices& services,
                                  telemetry::Metrics& metrics, const ProbeState& probes);

}  // namespace headgate::server
