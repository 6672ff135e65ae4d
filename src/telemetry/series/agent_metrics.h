// The shares and times of agents by their plain names: agent_success_rate, agent_latency,
// tool_error_rate, retry_rate. Shares are of the last five minutes and absent where nothing
// happened in them. Names of workflows and tools come from callers and pass a LabelGuard. Owned by
// Metrics; the series it gives live as long as it does and are safe from any thread.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/series/label_guard.h"
#include "telemetry/series/rate_window.h"

namespace headgate::telemetry {

struct WorkflowSeries {
  std::string name;  // as it is labelled
  prometheus::Histogram* latency = nullptr;
  RateWindow good;  // of calls that ended, those of callers who left apart
};

struct RouteSeries {
  RateWindow retries;  // attempts beyond the first, a call
};

struct ToolSeries {
  prometheus::Counter* ok = nullptr;
  prometheus::Counter* failed = nullptr;
  prometheus::Histogram* duration = nullptr;
  RateWindow* errors = nullptr;  // of the tool, whichever agent calls it
};

class AgentMetrics {
 public:
  AgentMetrics(prometheus::Registry& registry, std::size_t label_values_max);

  /// `name` empty: calls that name no workflow, "none".
  WorkflowSeries& workflow(std::string_view name);
  RouteSeries& route(std::string_view name);
  ToolSeries& tool(std::string_view tool, std::string_view agent);

  /// The shares as they are now.
  void append(base::MonoTime now, std::vector<prometheus::MetricFamily>& out) const;
  /// Observations whose name became "other".
  std::uint64_t limited_total() const;

 private:
  using Key = std::pair<std::string, std::string>;

  prometheus::Family<prometheus::Histogram>& latency_;
  prometheus::Family<prometheus::Counter>& tool_calls_;
  prometheus::Family<prometheus::Histogram>& tool_durations_;
  LabelGuard workflow_names_;
  LabelGuard tool_names_;
  LabelGuard agent_names_;
  mutable std::mutex mutex_;  // of the maps; never of what is in them
  std::map<std::string, WorkflowSeries, std::less<>> workflows_;
  std::map<std::string, RouteSeries, std::less<>> routes_;
  std::map<std::string, RateWindow, std::less<>> tool_errors_;
  std::map<Key, ToolSeries> tools_;  // by tool and agent
};

}  // namespace headgate::telemetry
