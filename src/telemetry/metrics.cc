#include "telemetry/metrics.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <utility>

#include "telemetry/series/buckets.h"

namespace headgate::telemetry {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Histogram;

Family<Counter>& counters(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Histogram>& histograms(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

double seconds(std::int64_t us) { return static_cast<double>(us) / 1e6; }

}  // namespace

Metrics::Metrics(std::size_t label_values_max)
    : registry_(std::make_shared<prometheus::Registry>()),
      requests_(counters(*registry_, "headgate_requests_total",
                         "Model calls answered, by model and the status the caller saw.")),
      errors_(counters(*registry_, "headgate_errors_total",
                       "Model calls that failed, by typed reason.")),
      durations_(histograms(*registry_, "headgate_request_duration_seconds",
                            "From the request's head to the last byte handed to the caller.")),
      first_tokens_(histograms(*registry_, "headgate_time_to_first_token_seconds",
                               "Streamed answers: from the request's head to the first content.")),
      tokens_(counters(*registry_, "headgate_tokens_total",
                       "Tokens from the providers' own usage; input includes cached.")),
      cost_(
          counters(*registry_, "headgate_cost_usd_total", "Cost of priced calls, in US dollars.")),
      unpriced_(counters(*registry_, "headgate_unpriced_total",
                         "Calls whose cost is not known: no usage, or no price for the model.")),
      dropped_(counters(*registry_, "headgate_traces_dropped_total",
                        "Calls whose trace found no room in the journal.")),
      attempts_(
          counters(*registry_, "headgate_attempts_total",
                   "Attempts at providers, by what came of them (the failure table's names).")),
      hedges_(counters(*registry_, "headgate_hedges_total",
                       "Second attempts of calls that were slow to begin: won, lost, failed, "
                       "cancelled; or why none was made.")),
      degraded_(counters(*registry_, "headgate_degraded_total",
                         "Calls that no model has answered as was asked, by what they got.")),
      cache_expected_(counters(*registry_, "headgate_prompt_cache_expected_tokens_total",
                               "Tokens that providers had said to hold in their prompt caches, of "
                               "prompts that begin with them.")),
      cache_read_(counters(*registry_, "headgate_prompt_cache_read_tokens_total",
                           "Of the expected tokens: those that were read from a cache.")),
      cache_misses_(counters(*registry_, "headgate_prompt_cache_misses_total",
                             "Calls that read less from a cache than expected, by reason.")),
      cache_alarms_(prometheus::BuildGauge()
                        .Name("headgate_prompt_cache_alarm")
                        .Help("1 while too little of what is expected is read from prompt caches.")
                        .Register(*registry_)),
      chaos_(counters(*registry_, "headgate_chaos_injected_total",
                      "Attempts that were made to go wrong by a rule of chaos, by kind of fault.")),
      token_usage_(histograms(*registry_, "llm_token_usage",
                              "Tokens of a call by model, as the provider told them.")),
      cost_per_request_(histograms(*registry_, "cost_per_request",
                                   "US dollars of a priced call, all its attempts together.")),
      http_durations_(histograms(*registry_, "http_server_request_duration_seconds",
                                 "Requests of clients, whatever they were for.")),
      agents_(*registry_, label_values_max),
      genai_(*registry_) {
  on_scrape_total("headgate_metric_labels_limited_total",
                  "Observations whose label became \"other\": too many different values.", {},
                  [this] { return static_cast<double>(agents_.limited_total()); });
}

void Metrics::set_cache_alarm(const std::string& model, const std::string& provider, bool raised) {
  cache_alarms_.Add({{"model", model}, {"provider", provider}}).Set(raised ? 1 : 0);
}

void Metrics::on_scrape(const std::string& name, const std::string& help,
                        const prometheus::Labels& labels, std::function<double()> read) {
  add_reading(name, help, prometheus::MetricType::Gauge, labels, std::move(read));
}

void Metrics::on_scrape_total(const std::string& name, const std::string& help,
                              const prometheus::Labels& labels, std::function<double()> read) {
  add_reading(name, help, prometheus::MetricType::Counter, labels, std::move(read));
}

void Metrics::add_reading(const std::string& name, const std::string& help,
                          prometheus::MetricType type, const prometheus::Labels& labels,
                          std::function<double()> read) {
  const std::lock_guard lock(mutex_);
  Readings& readings = readings_[name];
  readings.help = help;
  readings.type = type;
  readings.all.push_back({labels, std::move(read)});
}

void Metrics::append_readings(std::vector<prometheus::MetricFamily>& out) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, readings] : readings_) {
    prometheus::MetricFamily family{name, readings.help, readings.type, {}};
    for (const Reading& reading : readings.all) {
      prometheus::ClientMetric& metric = family.metric.emplace_back();
      for (const auto& [label, value] : reading.labels) metric.label.push_back({label, value});
      metric.counter.value = metric.gauge.value = reading.read();
    }
    out.push_back(std::move(family));
  }
}

std::string Metrics::text(base::MonoTime now, TextFormat format) const {
  auto families = registry_->Collect();
  agents_.append(now, families);
  append_readings(families);
  if (format == TextFormat::openmetrics) return openmetrics_text(families, exemplars_);
  return prometheus::TextSerializer().Serialize(families);
}

CallMetrics::OfModel& CallMetrics::of(std::string_view model, std::string_view provider) {
  const std::pair<std::string_view, std::string_view> key(model, provider);
  const auto found = models_.find(key);
  if (found != models_.end()) return found->second;
  const std::string m(model);
  const std::string p(provider);
  return models_.emplace(std::pair(m, p), make(m, p)).first->second;
}

CallMetrics::OfModel CallMetrics::make(const std::string& m, const std::string& p) {
  Metrics& all = metrics_;
  const auto duration = [&](const char* stream) {
    const prometheus::Labels labels{{"model", m}, {"stream", stream}};
    return Timed{&all.durations_.Add(labels, kDurationBuckets),
                 &all.exemplars_.of("headgate_request_duration_seconds", labels, kDurationBuckets)};
  };
  const auto tokens = [&](const char* type) {
    return &all.tokens_.Add({{"model", m}, {"provider", p}, {"type", type}});
  };
  const auto usage = [&](const char* type) {
    return &all.token_usage_.Add({{"model", m}, {"type", type}}, kTokenBuckets);
  };
  return {{duration("false"), duration("true")},
          &all.first_tokens_.Add({{"model", m}}, kFirstTokenBuckets),
          tokens("input"),
          tokens("cached"),
          tokens("output"),
          &all.cost_.Add({{"model", m}, {"provider", p}}),
          &all.unpriced_.Add({{"model", m}, {"provider", p}}),
          usage("input"),
          usage("output"),
          &all.cost_per_request_.Add({{"model", m}}, kCostBuckets),
          {},
          {},
          {},
          {}};
}

CallMetrics::OfWorkflow CallMetrics::of_workflow(std::string_view name) {
  const auto found = workflows_.find(name);
  if (found != workflows_.end()) return found->second;
  WorkflowSeries& series = metrics_.agents_.workflow(name);
  const OfWorkflow made{
      &series,
      &metrics_.exemplars_.of("agent_latency", {{"workflow", series.name}}, kDurationBuckets)};
  if (series.name != kOtherLabel) workflows_.emplace(name, made);
  return made;
}

RouteSeries& CallMetrics::of_route(std::string_view name) {
  const auto found = routes_.find(name);
  if (found != routes_.end()) return *found->second;
  return *routes_.emplace(name, &metrics_.agents_.route(name)).first->second;
}

void CallMetrics::observe(const CallSample& sample) {
  OfModel& model = of(sample.model, sample.provider);
  count(sample, model);
  count_genai(sample, model);
  if (sample.operation == "chat") count_agent(sample);
  if (sample.trace_dropped) metrics_.dropped_.Add({}).Increment();
  if (!sample.error) return;
  Counter*& errors = errors_[*sample.error];
  if (errors == nullptr) {
    errors = &metrics_.errors_.Add({{"error", std::string(base::row(*sample.error).name)}});
  }
  errors->Increment();
}

void CallMetrics::count(const CallSample& sample, OfModel& model) {
  Counter*& requests = model.by_status[sample.http_status];
  if (requests == nullptr) {
    requests = &metrics_.requests_.Add(
        {{"model", std::string(sample.model)}, {"status", std::to_string(sample.http_status)}});
  }
  requests->Increment();
  const Timed& duration = model.duration[sample.streamed ? 1 : 0];
  duration.histogram->Observe(seconds(sample.duration_us));
  duration.exemplars->observe({sample.trace, seconds(sample.duration_us), sample.unix_us});
  if (sample.ttft_us) model.first_token->Observe(seconds(*sample.ttft_us));
  if (sample.usage) {
    model.input->Increment(static_cast<double>(sample.usage->input));
    if (sample.usage->cached > 0)
      model.cached->Increment(static_cast<double>(sample.usage->cached));
    model.output->Increment(static_cast<double>(sample.usage->output));
    model.usage_input->Observe(static_cast<double>(sample.usage->input));
    model.usage_output->Observe(static_cast<double>(sample.usage->output));
  }
  if (sample.cost) {
    const double dollars =
        static_cast<double>(*sample.cost) / static_cast<double>(base::kPicodollarsPerDollar);
    model.cost->Increment(dollars);
    if (!sample.unpriced) model.cost_per_request->Observe(dollars);
  }
  if (sample.unpriced) model.unpriced->Increment();
}

// A caller who left tells nothing about the agent.
void CallMetrics::count_agent(const CallSample& sample) {
  const OfWorkflow workflow = of_workflow(sample.workflow);
  workflow.series->latency->Observe(seconds(sample.duration_us));
  workflow.exemplars->observe({sample.trace, seconds(sample.duration_us), sample.unix_us});
  if (sample.error != base::Errc::cancelled) {
    const bool good = !sample.error && sample.http_status < 400;
    workflow.series->good.add(sample.at, good ? 1 : 0, 1);
  }
  if (sample.route.empty()) return;
  of_route(sample.route).retries.add(sample.at, std::max<std::size_t>(sample.attempts, 1) - 1, 1);
}

void CallMetrics::count_genai(const CallSample& sample, OfModel& model) {
  if (sample.provider.empty()) return;
  auto found = model.served.find(sample.operation);
  if (found == model.served.end()) {
    const auto series =
        metrics_.genai_.server({sample.operation, sample.provider_kind, sample.model});
    found = model.served.emplace(sample.operation, series).first;
  }
  found->second.observe(sample.duration_us, sample.ttft_us, sample.usage);
}

void CallMetrics::count_genai(const AttemptSample& sample, OfModel& model) {
  key_.assign(sample.operation).append(" ").append(sample.outcome);
  key_.append(" ").append(sample.upstream_model);
  auto found = model.asked.find(key_);
  if (found == model.asked.end()) {
    const bool ok = sample.outcome == "ok";
    const auto series =
        metrics_.genai_.client({sample.operation, sample.provider_kind, sample.upstream_model},
                               ok ? std::string_view() : sample.outcome);
    found = model.asked.emplace(key_, series).first;
  }
  found->second.observe(sample.duration_us, sample.ttft_us, sample.usage);
}

void CallMetrics::observe(const AttemptSample& sample) {
  OfModel& model = of(sample.model, sample.provider);
  auto found = model.attempts.find(sample.outcome);
  if (found == model.attempts.end()) {
    const std::string outcome(sample.outcome);
    Counter& counter = metrics_.attempts_.Add({{"model", std::string(sample.model)},
                                               {"provider", std::string(sample.provider)},
                                               {"outcome", outcome}});
    found = model.attempts.emplace(outcome, &counter).first;
  }
  found->second->Increment();
  count_genai(sample, model);
}

void CallMetrics::observe(const ToolSample& sample) {
  const ToolSeries& series = metrics_.agents_.tool(sample.tool, sample.agent);
  (sample.failed ? series.failed : series.ok)->Increment();
  series.duration->Observe(seconds(sample.duration_us));
  series.errors->add(sample.at, sample.failed ? 1 : 0, 1);
}

void CallMetrics::observe(const HttpSample& sample) {
  Histogram*& histogram = http_[{sample.route.data(), sample.method, sample.status}];
  if (histogram == nullptr) {
    prometheus::Labels labels{{"http_request_method", std::string(sample.method)},
                              {"http_route", std::string(sample.route)}};
    if (sample.status != 0) {
      labels.emplace("http_response_status_code", std::to_string(sample.status));
    }
    histogram = &metrics_.http_durations_.Add(labels, kDurationBuckets);
  }
  histogram->Observe(seconds(sample.duration_us));
}

void CallMetrics::observe(const HedgeSample& sample) {
  metrics_.hedges_
      .Add({{"route", std::string(sample.route)}, {"outcome", std::string(sample.outcome)}})
      .Increment();
}

void CallMetrics::observe(const DegradedSample& sample) {
  metrics_.degraded_.Add({{"route", std::string(sample.route)}, {"kind", std::string(sample.kind)}})
      .Increment();
}

void CallMetrics::observe(const CacheSample& sample) {
  const std::string m(sample.model);
  const std::string p(sample.provider);
  const prometheus::Labels labels{{"model", m}, {"provider", p}};
  metrics_.cache_expected_.Add(labels).Increment(static_cast<double>(sample.expected));
  metrics_.cache_read_.Add(labels).Increment(static_cast<double>(sample.read));
  if (sample.miss.empty()) return;
  metrics_.cache_misses_.Add({{"model", m}, {"provider", p}, {"reason", std::string(sample.miss)}})
      .Increment();
}

void CallMetrics::observe(const ChaosSample& sample) {
  metrics_.chaos_
      .Add({{"fault", std::string(sample.fault)}, {"provider", std::string(sample.provider)}})
      .Increment();
}

}  // namespace headgate::telemetry
