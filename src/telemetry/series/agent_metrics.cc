#include "telemetry/series/agent_metrics.h"

#include "telemetry/series/buckets.h"

namespace headgate::telemetry {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;

MetricFamily gauge_family(const char* name, const char* help) {
  return {name, help, prometheus::MetricType::Gauge, {}};
}

void add_share(MetricFamily& family, const char* label, const std::string& value,
               const RateWindow& window, base::MonoTime now) {
  const auto share = window.ratio(now);
  if (!share) return;
  ClientMetric metric;
  metric.label.push_back({label, value});
  metric.gauge.value = *share;
  family.metric.push_back(std::move(metric));
}

}  // namespace

AgentMetrics::AgentMetrics(prometheus::Registry& registry, std::size_t label_values_max)
    : latency_(prometheus::BuildHistogram()
                   .Name("agent_latency")
                   .Help("Seconds that calls of a workflow took, from head to last byte.")
                   .Register(registry)),
      tool_calls_(prometheus::BuildCounter()
                      .Name("headgate_tool_calls_total")
                      .Help("Calls of tools that are known of, by tool, agent and outcome.")
                      .Register(registry)),
      tool_durations_(prometheus::BuildHistogram()
                          .Name("headgate_tool_duration_seconds")
                          .Help("How long calls of a tool took.")
                          .Register(registry)),
      workflow_names_(label_values_max),
      tool_names_(label_values_max),
      agent_names_(label_values_max) {}

WorkflowSeries& AgentMetrics::workflow(std::string_view name) {
  const std::string_view label = name.empty() ? "none" : workflow_names_.admit(name);
  const std::lock_guard lock(mutex_);
  const auto found = workflows_.find(label);
  if (found != workflows_.end()) return found->second;
  WorkflowSeries& made = workflows_.try_emplace(std::string(label)).first->second;
  made.name = label;
  made.latency = &latency_.Add({{"workflow", made.name}}, kDurationBuckets);
  return made;
}

RouteSeries& AgentMetrics::route(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = routes_.find(name);
  if (found != routes_.end()) return found->second;
  return routes_.try_emplace(std::string(name)).first->second;
}

ToolSeries& AgentMetrics::tool(std::string_view tool, std::string_view agent) {
  const Key key(tool_names_.admit(tool), agent_names_.admit(agent));
  const std::lock_guard lock(mutex_);
  const auto found = tools_.find(key);
  if (found != tools_.end()) return found->second;
  const auto counter = [&](const char* outcome) {
    return &tool_calls_.Add({{"tool", key.first}, {"agent", key.second}, {"outcome", outcome}});
  };
  ToolSeries made{counter("ok"), counter("error"),
                  &tool_durations_.Add({{"tool", key.first}}, kDurationBuckets),
                  &tool_errors_.try_emplace(key.first).first->second};
  return tools_.emplace(key, made).first->second;
}

void AgentMetrics::append(base::MonoTime now, std::vector<MetricFamily>& out) const {
  auto success = gauge_family("agent_success_rate",
                              "Share of a workflow's calls that got whole answers, over the last "
                              "5 minutes.");
  auto errors = gauge_family("tool_error_rate",
                             "Share of a tool's calls that failed, over the last 5 minutes.");
  auto retries = gauge_family("retry_rate",
                              "Attempts beyond the first by call of a route, over the last "
                              "5 minutes.");
  const std::lock_guard lock(mutex_);
  for (const auto& [name, of] : workflows_) add_share(success, "workflow", name, of.good, now);
  for (const auto& [name, window] : tool_errors_) add_share(errors, "tool", name, window, now);
  for (const auto& [name, of] : routes_) add_share(retries, "route", name, of.retries, now);
  for (auto* family : {&success, &errors, &retries}) {
    if (!family->metric.empty()) out.push_back(std::move(*family));
  }
}

std::uint64_t AgentMetrics::limited_total() const {
  return workflow_names_.refused_total() + tool_names_.refused_total() +
         agent_names_.refused_total();
}

}  // namespace headgate::telemetry
