// What routes say of sampling, as the store and the exporters take it, and what of it /metrics
// shows.
#pragma once

#include <memory>

#include "gateway/config.h"
#include "storage/sampling/policy.h"
#include "storage/sampling/sweeper.h"
#include "telemetry/metrics.h"

namespace headgate::server {

std::shared_ptr<const storage::SamplingPolicy> sampling_policy(const gateway::Routes& routes);

/// What is allowed and cannot be meant: without prices every call is unpriced, and so kept.
void warn_of_sampling(const gateway::Routes& routes, bool has_prices,
                      const base::config::Cursor& root, base::config::Problems& warnings);

/// `counts` must outlive the last scrape.
void add_sampling_gauges(telemetry::Metrics& metrics, const storage::SweepCounts& counts);

}  // namespace headgate::server
