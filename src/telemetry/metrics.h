// Prometheus metrics: what finished calls add up to, and gauges read when somebody scrapes. Metrics
// is made once by app.cc and safe from any thread; each loop has a CallMetrics of its own that
// keeps the counters it has used at hand. Label values come from the configuration, so their number
// is bounded.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/errc.h"
#include "base/ids.h"
#include "base/money.h"
#include "base/usage.h"
#include "telemetry/series/agent_metrics.h"
#include "telemetry/series/exposition.h"
#include "telemetry/series/genai_metrics.h"

namespace headgate::telemetry {

inline constexpr std::size_t kLabelValuesMax = 200;

class Metrics {
 public:
  /// `label_values_max`: of a label that callers choose; more become "other".
  explicit Metrics(std::size_t label_values_max = kLabelValuesMax);

  /// A gauge whose value `read` gives at scrape time.
  void on_scrape(const std::string& name, const std::string& help, const prometheus::Labels& labels,
                 std::function<double()> read);
  /// A counter that somebody else keeps; `name` ends in _total.
  void on_scrape_total(const std::string& name, const std::string& help,
                       const prometheus::Labels& labels, std::function<double()> read);
  /// Whether prompt caches of this model are read too little.
  void set_cache_alarm(const std::string& model, const std::string& provider, bool raised);
  /// All of it, in Prometheus' text format or OpenMetrics', which has exemplars.
  std::string text(base::MonoTime now, TextFormat format = TextFormat::prometheus) const;
  AgentMetrics& agents() { return agents_; }

 private:
  friend class CallMetrics;
  struct Reading {
    prometheus::Labels labels;
    std::function<double()> read;
  };
  struct Readings {
    std::string help;
    prometheus::MetricType type;
    std::vector<Reading> all;
  };
  void add_reading(const std::string& name, const std::string& help, prometheus::MetricType type,
                   const prometheus::Labels& labels, std::function<double()> read);
  void append_readings(std::vector<prometheus::MetricFamily>& out) const;

  std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Counter>& errors_;
  prometheus::Family<prometheus::Histogram>& durations_;
  prometheus::Family<prometheus::Histogram>& first_tokens_;
  prometheus::Family<prometheus::Counter>& tokens_;
  prometheus::Family<prometheus::Counter>& cost_;
  prometheus::Family<prometheus::Counter>& unpriced_;
  prometheus::Family<prometheus::Counter>& dropped_;
  prometheus::Family<prometheus::Counter>& attempts_;
  prometheus::Family<prometheus::Counter>& hedges_;
  prometheus::Family<prometheus::Counter>& degraded_;
  prometheus::Family<prometheus::Counter>& cache_expected_;
  prometheus::Family<prometheus::Counter>& cache_read_;
  prometheus::Family<prometheus::Counter>& cache_misses_;
  prometheus::Family<prometheus::Gauge>& cache_alarms_;
  prometheus::Family<prometheus::Counter>& chaos_;
  prometheus::Family<prometheus::Histogram>& token_usage_;
  prometheus::Family<prometheus::Histogram>& cost_per_request_;
  prometheus::Family<prometheus::Histogram>& http_durations_;
  AgentMetrics agents_;
  GenAiMetrics genai_;
  Exemplars exemplars_;
  mutable std::mutex mutex_;
  std::map<std::string, Readings> readings_;
};

/// What one finished call tells.
struct CallSample {
  std::string_view model;     // a configured name, or "unknown"
  std::string_view provider;  // empty: none was reached
  int http_status = 0;        // as the caller saw it
  std::optional<base::Errc> error;
  bool streamed = false;
  std::int64_t duration_us = 0;
  std::optional<std::int64_t> ttft_us;
  std::optional<base::Usage> usage;
  std::optional<base::Picodollars> cost;
  bool unpriced = false;
  bool trace_dropped = false;
  std::string_view operation = "chat";
  std::string_view workflow;       // as the caller names it
  std::string_view route;          // a configured name, or empty
  std::string_view provider_kind;  // as the GenAI conventions name it
  std::size_t attempts = 0;
  base::MonoTime at{};
  std::int64_t unix_us = 0;
  base::TraceId trace;
};

/// What one call tells of its provider's prompt cache, where a read from it was expected.
struct CacheSample {
  std::string_view model;
  std::string_view provider;
  std::int64_t expected = 0;
  std::int64_t read = 0;  // of those expected
  std::string_view miss;  // why too few were read; empty: they were not
};

/// One attempt at a provider.
struct AttemptSample {
  std::string_view model;     // a configured name
  std::string_view provider;  // likewise
  std::string_view outcome;   // "ok", or the failure's name in the table
  std::string_view operation = "chat";
  std::string_view provider_kind;   // as the GenAI conventions name it
  std::string_view upstream_model;  // as it was asked for
  std::int64_t duration_us = 0;
  std::optional<std::int64_t> ttft_us;
  std::optional<base::Usage> usage;
};

/// One fault that somebody wanted (resilience/chaos).
struct ChaosSample {
  std::string_view fault;     // its kind
  std::string_view provider;  // a configured name
};

/// One HTTP request of a client, whatever it was for.
struct HttpSample {
  std::string_view method;  // as HTTP knows it, or "_OTHER"
  std::string_view route;   // a literal: its address is what is looked up
  int status = 0;           // 0: none was sent
  std::int64_t duration_us = 0;
};

/// One call of a tool.
struct ToolSample {
  std::string_view tool;
  std::string_view agent;  // that called it; empty: not known
  bool failed = false;
  std::int64_t duration_us = 0;
  base::MonoTime at{};
};

/// A second attempt beside the first one, or why there was none.
struct HedgeSample {
  std::string_view route;
  std::string_view outcome;
};

/// A call that got less than it asked for.
struct DegradedSample {
  std::string_view route;
  std::string_view kind;
};

class CallMetrics {
 public:
  explicit CallMetrics(Metrics& metrics) : metrics_(metrics) {}
  void observe(const CallSample& sample);
  void observe(const CacheSample& sample);
  void observe(const AttemptSample& sample);
  void observe(const ToolSample& sample);
  void observe(const HttpSample& sample);
  void observe(const HedgeSample& sample);
  void observe(const DegradedSample& sample);
  void observe(const ChaosSample& sample);

 private:
  struct Timed {
    prometheus::Histogram* histogram;
    BucketExemplars* exemplars;
  };
  struct OfModel {
    Timed duration[2];  // plain, streamed
    prometheus::Histogram* first_token;
    prometheus::Counter* input;
    prometheus::Counter* cached;
    prometheus::Counter* output;
    prometheus::Counter* cost;
    prometheus::Counter* unpriced;
    prometheus::Histogram* usage_input;
    prometheus::Histogram* usage_output;
    prometheus::Histogram* cost_per_request;
    std::map<int, prometheus::Counter*> by_status;
    std::map<std::string, GenAiServerSeries, std::less<>> served;       // by operation
    std::map<std::string, prometheus::Counter*, std::less<>> attempts;  // by outcome
    std::map<std::string, GenAiClientSeries, std::less<>> asked;  // by what was asked and came
  };
  struct OfWorkflow {
    WorkflowSeries* series;
    BucketExemplars* exemplars;
  };
  OfModel& of(std::string_view model, std::string_view provider);
  OfModel make(const std::string& model, const std::string& provider);
  OfWorkflow of_workflow(std::string_view name);
  RouteSeries& of_route(std::string_view name);
  void count(const CallSample& sample, OfModel& model);
  void count_agent(const CallSample& sample);
  void count_genai(const CallSample& sample, OfModel& model);
  void count_genai(const AttemptSample& sample, OfModel& model);

  Metrics& metrics_;
  struct ByNames {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      const std::string_view model(a.first);
      return model != b.first ? model < b.first : std::string_view(a.second) < b.second;
    }
  };
  std::map<std::pair<std::string, std::string>, OfModel, ByNames> models_;  // model, provider
  std::map<base::Errc, prometheus::Counter*> errors_;
  std::map<std::string, OfWorkflow, std::less<>> workflows_;
  std::map<std::string, RouteSeries*, std::less<>> routes_;
  using HttpKey = std::tuple<const char*, std::string_view, int>;  // route, method, status
  std::map<HttpKey, prometheus::Histogram*> http_;                 // methods are literals too
  std::string key_;                                                // of a lookup
};

}  // namespace headgate::telemetry
