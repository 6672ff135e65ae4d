#include "server/sampling.h"

#include <string>
#include <utility>

namespace headgate::server {
namespace {

constexpr std::int64_t kPpmOfPercent = storage::kAllPpm / 100;

storage::RouteSampling rules_of(const storage::SamplingConfig& config) {
  storage::RouteSampling out;
  out.keep_ppm = static_cast<std::uint32_t>(config.keep_percent * kPpmOfPercent);
  if (config.slow_ms) out.slow_us = *config.slow_ms * 1000;
  if (config.cost_usd) out.cost = config.cost_usd->amount;
  out.quiet_us = config.quiet_s * 1'000'000;
  return out;
}

}  // namespace

std::shared_ptr<const storage::SamplingPolicy> sampling_policy(const gateway::Routes& routes) {
  auto out = std::make_shared<storage::SamplingPolicy>();
  for (const auto& [name, route] : routes) out->add(name, rules_of(route.sampling));
  return out;
}

void warn_of_sampling(const gateway::Routes& routes, bool has_prices,
                      const base::config::Cursor& root, base::config::Problems& warnings) {
  for (const auto& [name, route] : routes) {
    if (has_prices || route.sampling.keep_percent == 100) continue;
    warnings.add(root["routes"][name]["sampling"],
                 "does nothing: without cost.price_book every call is unpriced, and what is "
                 "unpriced is kept");
  }
}

void add_sampling_gauges(telemetry::Metrics& metrics, const storage::SweepCounts& counts) {
  const auto total = [&](const char* name, const char* help, const prometheus::Labels& labels,
                         const std::atomic<std::uint64_t>& counter) {
    metrics.on_scrape_total(name, help, labels,
                            [&counter] { return static_cast<double>(counter.load()); });
  };
  constexpr const char* kDecisions = "headgate_traces_sampled_total";
  constexpr const char* kHelp =
      "Traces decided upon while routes are sampled: dropped, or kept and why.";
  for (std::size_t i = 0; i < storage::kKeptForCount; ++i) {
    const std::string reason(storage::name(static_cast<storage::KeptFor>(i)));
    total(kDecisions, kHelp, {{"decision", reason}}, counts.kept[i]);
  }
  total(kDecisions, kHelp, {{"decision", "dropped"}}, counts.dropped);
  total("headgate_sampling_calls_dropped_total", "Calls and other records of dropped traces.", {},
        counts.calls_dropped);
  total("headgate_sampling_late_total", "Records that came when their trace was decided.", {},
        counts.late);
  total("headgate_sampling_early_total",
        "Traces decided before they had been quiet: too many were waiting.", {}, counts.early);
  total("headgate_sampling_flags_late_total", "Flags on traces that were dropped already.", {},
        counts.flags_late);
  total("headgate_sampling_export_lost_total",
        "Kept records that no exporter got: their content was gone before.", {},
        counts.export_lost);
  total("headgate_sampling_freed_bytes_total", "Content of dropped traces, freed.", {},
        counts.bytes_freed);
  metrics.on_scrape("headgate_sampling_undecided", "Records whose traces have not ended.", {},
                    [&counts] { return static_cast<double>(counts.undecided.load()); });
  metrics.on_scrape("headgate_sampling_routes", "Routes that are sampled by the policy in force.",
                    {}, [&counts] { return static_cast<double>(counts.routes.load()); });
}

}  // namespace headgate::server
