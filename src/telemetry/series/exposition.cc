#include "telemetry/series/exposition.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace headgate::telemetry {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Label = ClientMetric::Label;

constexpr std::string_view kTotal = "_total";

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

// `more`: "le" and its value.
void append_labels(std::string& out, const std::vector<Label>& labels, std::string_view more = {},
                   std::string_view value = {}) {
  if (labels.empty() && more.empty()) return;
  char before = '{';
  const auto append = [&](std::string_view name, std::string_view of) {
    out += before;
    out.append(name).append("=\"");
    append_escaped(out, of);
    out += '"';
    before = ',';
  };
  for (const Label& label : labels) append(label.name, label.value);
  if (!more.empty()) append(more, value);
  out += '}';
}

class OpenMetricsWriter {
 public:
  explicit OpenMetricsWriter(const Exemplars& exemplars) : exemplars_(exemplars) {}

  void family(const MetricFamily& family) {
    std::string_view name = family.name;
    const bool counter = family.type == MetricType::Counter;
    if (counter && name.ends_with(kTotal)) name.remove_suffix(kTotal.size());
    out_.append("# HELP ").append(name).append(" ");
    append_escaped(out_, family.help);
    out_.append("\n# TYPE ").append(name).append(" ").append(type(family.type)).append("\n");
    for (const ClientMetric& metric : family.metric) {
      if (family.type == MetricType::Histogram) {
        histogram(family.name, metric);
      } else {
        out_ += name;
        if (counter) out_ += kTotal;
        append_labels(out_, metric.label);
        out_.append(" ").append(number(counter ? metric.counter.value : metric.gauge.value));
        out_ += '\n';
      }
    }
  }
  std::string finish() && {
    out_ += "# EOF\n";
    return std::move(out_);
  }

 private:
  static std::string_view type(MetricType type) {
    switch (type) {
      case MetricType::Counter: return "counter";
      case MetricType::Histogram: return "histogram";
      default: return "gauge";
    }
  }

  void histogram(const std::string& name, const ClientMetric& metric) {
    const BucketExemplars* exemplars = exemplars_.find(name, metric.label);
    const auto& buckets = metric.histogram.bucket;
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      out_.append(name).append("_bucket");
      append_labels(out_, metric.label, "le", number(buckets[i].upper_bound));
      out_.append(" ").append(std::to_string(buckets[i].cumulative_count));
      if (exemplars != nullptr) exemplar(exemplars->of(i));
      out_ += '\n';
    }
    out_.append(name).append("_sum");
    append_labels(out_, metric.label);
    out_.append(" ").append(number(metric.histogram.sample_sum)).append("\n");
    out_.append(name).append("_count");
    append_labels(out_, metric.label);
    out_.append(" ").append(std::to_string(metric.histogram.sample_count)).append("\n");
  }

  void exemplar(const std::optional<Exemplar>& one) {
    if (!one) return;
    fmt::format_to(std::back_inserter(out_), " # {{trace_id=\"{}\"}} {} {:.3f}", one->trace.hex(),
                   number(one->value), static_cast<double>(one->unix_us) / 1e6);
  }

  const Exemplars& exemplars_;
  std::string out_;
};

}  // namespace

std::string_view content_type(TextFormat format) {
  return format == TextFormat::openmetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

TextFormat format_for(std::string_view accept) {
  return accept.find("application/openmetrics-text") == std::string_view::npos
             ? TextFormat::prometheus
             : TextFormat::openmetrics;
}

void BucketExemplars::observe(const Exemplar& exemplar) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), exemplar.value);
  const std::lock_guard lock(mutex_);
  last_[static_cast<std::size_t>(bucket - bounds_.begin())] = exemplar;
}

std::optional<Exemplar> BucketExemplars::of(std::size_t bucket) const {
  const std::lock_guard lock(mutex_);
  return bucket < last_.size() ? last_[bucket] : std::nullopt;
}

BucketExemplars& Exemplars::of(const std::string& family, const prometheus::Labels& labels,
                               const std::vector<double>& bounds) {
  const std::lock_guard lock(mutex_);
  return all_.try_emplace({family, labels}, bounds).first->second;
}

const BucketExemplars* Exemplars::find(const std::string& family,
                                       const std::vector<Label>& labels) const {
  prometheus::Labels key;
  for (const Label& label : labels) key.emplace(label.name, label.value);
  const std::lock_guard lock(mutex_);
  const auto found = all_.find({family, key});
  return found == all_.end() ? nullptr : &found->second;
}

std::string openmetrics_text(const std::vector<MetricFamily>& families,
                             const Exemplars& exemplars) {
  OpenMetricsWriter writer(exemplars);
  for (const MetricFamily& family : families) writer.family(family);
  return std::move(writer).finish();
}

}  // namespace headgate::telemetry
