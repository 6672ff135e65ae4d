// Metrics as text: Prometheus' format 0.0.4, and OpenMetrics 1.0, in which buckets of histograms
// carry exemplars: the trace of the last observation that fell into them. Pure but for the
// exemplars, which are written by loops and read at scrapes, behind a lock each.
#pragma once

#include <prometheus/labels.h>
#include <prometheus/metric_family.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"

namespace headgate::telemetry {

enum class TextFormat : std::uint8_t { prometheus, openmetrics };
std::string_view content_type(TextFormat format);
/// What a scraper's Accept header asks for.
TextFormat format_for(std::string_view accept);

struct Exemplar {
  base::TraceId trace;
  double value = 0;
  std::int64_t unix_us = 0;
};

/// The last observation of each bucket of one histogram.
class BucketExemplars {
 public:
  explicit BucketExemplars(std::vector<double> bounds)
      : bounds_(std::move(bounds)), last_(bounds_.size() + 1) {}
  void observe(const Exemplar& exemplar);
  /// `bucket`: in the order of the bounds, +Inf last.
  std::optional<Exemplar> of(std::size_t bucket) const;

 private:
  const std::vector<double> bounds_;
  mutable std::mutex mutex_;
  std::vector<std::optional<Exemplar>> last_;
};

/// By family and labels; what it gives lives as long as it does.
class Exemplars {
 public:
  BucketExemplars& of(const std::string& family, const prometheus::Labels& labels,
                      const std::vector<double>& bounds);
  const BucketExemplars* find(const std::string& family,
                              const std::vector<prometheus::ClientMetric::Label>& labels) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, prometheus::Labels>, BucketExemplars> all_;
};

/// OpenMetrics text of `families`, with its end mark. Names of counters end in _total.
std::string openmetrics_text(const std::vector<prometheus::MetricFamily>& families,
                             const Exemplars& exemplars);

}  // namespace headgate::telemetry
