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
#include <utility>
#include <vector>

#include "base/errc.h"
#include "base/money.h"
#include "base/usage.h"

namespace headgate::telemetry {

class Metrics {
 public:
  Metrics();

  /// A gauge (or a counter that somebody else keeps) whose value `read` gives at scrape time.
  void on_scrape(const std::string& name, const std::string& help, const prometheus::Labels& labels,
                 std::function<double()> read);
  /// Whether prompt caches of this model are read too little.
  void set_cache_alarm(const std::string& model, const std::string& provider, bool raised);
  /// The exposition text (text/plain; version=0.0.4).
  std::string text();

 private:
  friend class CallMetrics;
  struct Reading {
    prometheus::Gauge* gauge;
    std::function<double()> read;
  };
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
  std::mutex mutex_;
  std::map<std::string, prometheus::Family<prometheus::Gauge>*> gauge_families_;
  std::vector<Reading> readings_;
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
  void observe(const HedgeSample& sample);
  void observe(const DegradedSample& sample);

 private:
  struct OfModel {
    prometheus::Histogram* duration[2];  // plain, streamed
    prometheus::Histogram* first_token;
    prometheus::Counter* input;
    prometheus::Counter* cached;
    prometheus::Counter* output;
    prometheus::Counter* cost;
    prometheus::Counter* unpriced;
    std::map<int, prometheus::Counter*> by_status;
    std::map<std::string, prometheus::Counter*, std::less<>> attempts;  // by outcome
  };
  OfModel& of(std::string_view model, std::string_view provider);

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
};

}  // namespace headgate::telemetry
