#include "telemetry/metrics.h"

#include <prometheus/text_serializer.h>

#include <utility>

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

// Powers of two from 10 ms: the buckets that OpenTelemetry's GenAI conventions give for durations.
const Histogram::BucketBoundaries kDurationBuckets{0.01, 0.02, 0.04, 0.08,  0.16,  0.32,  0.64,
                                                   1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92};
const Histogram::BucketBoundaries kFirstTokenBuckets{
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0};

double seconds(std::int64_t us) { return static_cast<double>(us) / 1e6; }

}  // namespace

Metrics::Metrics()
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
                        .Register(*registry_)) {}

void Metrics::set_cache_alarm(const std::string& model, const std::string& provider, bool raised) {
  cache_alarms_.Add({{"model", model}, {"provider", provider}}).Set(raised ? 1 : 0);
}

void Metrics::on_scrape(const std::string& name, const std::string& help,
                        const prometheus::Labels& labels, std::function<double()> read) {
  const std::lock_guard lock(mutex_);
  auto*& family = gauge_families_[name];
  if (family == nullptr) {
    family = &prometheus::BuildGauge().Name(name).Help(help).Register(*registry_);
  }
  readings_.push_back({&family->Add(labels), std::move(read)});
}

std::string Metrics::text() {
  const std::lock_guard lock(mutex_);
  for (const auto& reading : readings_) reading.gauge->Set(reading.read());
  return prometheus::TextSerializer().Serialize(registry_->Collect());
}

CallMetrics::OfModel& CallMetrics::of(std::string_view model, std::string_view provider) {
  const std::pair<std::string_view, std::string_view> key(model, provider);
  const auto found = models_.find(key);
  if (found != models_.end()) return found->second;
  const std::string m(model);
  const std::string p(provider);
  auto& metrics = metrics_;
  OfModel made{{&metrics.durations_.Add({{"model", m}, {"stream", "false"}}, kDurationBuckets),
                &metrics.durations_.Add({{"model", m}, {"stream", "true"}}, kDurationBuckets)},
               &metrics.first_tokens_.Add({{"model", m}}, kFirstTokenBuckets),
               &metrics.tokens_.Add({{"model", m}, {"provider", p}, {"type", "input"}}),
               &metrics.tokens_.Add({{"model", m}, {"provider", p}, {"type", "cached"}}),
               &metrics.tokens_.Add({{"model", m}, {"provider", p}, {"type", "output"}}),
               &metrics.cost_.Add({{"model", m}, {"provider", p}}),
               &metrics.unpriced_.Add({{"model", m}, {"provider", p}}),
               {},
               {}};
  return models_.emplace(std::pair(m, p), std::move(made)).first->second;
}

void CallMetrics::observe(const CallSample& sample) {
  OfModel& model = of(sample.model, sample.provider);
  Counter*& requests = model.by_status[sample.http_status];
  if (requests == nullptr) {
    requests = &metrics_.requests_.Add(
        {{"model", std::string(sample.model)}, {"status", std::to_string(sample.http_status)}});
  }
  requests->Increment();
  model.duration[sample.streamed ? 1 : 0]->Observe(seconds(sample.duration_us));
  if (sample.ttft_us) model.first_token->Observe(seconds(*sample.ttft_us));
  if (sample.usage) {
    model.input->Increment(static_cast<double>(sample.usage->input));
    if (sample.usage->cached > 0)
      model.cached->Increment(static_cast<double>(sample.usage->cached));
    model.output->Increment(static_cast<double>(sample.usage->output));
  }
  if (sample.cost) {
    model.cost->Increment(static_cast<double>(*sample.cost) /
                          static_cast<double>(base::kPicodollarsPerDollar));
  }
  if (sample.unpriced) model.unpriced->Increment();
  if (sample.trace_dropped) metrics_.dropped_.Add({}).Increment();
  if (!sample.error) return;
  Counter*& errors = errors_[*sample.error];
  if (errors == nullptr) {
    errors = &metrics_.errors_.Add({{"error", std::string(base::row(*sample.error).name)}});
  }
  errors->Increment();
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

}  // namespace headgate::telemetry
