#include "telemetry/series/genai_metrics.h"

#include <string>

#include "telemetry/series/buckets.h"

namespace headgate::telemetry {
namespace {

using prometheus::Histogram;
using prometheus::Labels;

prometheus::Family<Histogram>& family(prometheus::Registry& registry, const char* name,
                                      const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

Labels with(const GenAiLabels& labels) {
  return {{"gen_ai_operation_name", std::string(labels.operation)},
          {"gen_ai_provider_name", std::string(labels.provider)},
          {"gen_ai_request_model", std::string(labels.model)}};
}

double seconds(std::int64_t us) { return static_cast<double>(us) / 1e6; }

}  // namespace

void GenAiClientSeries::observe(std::int64_t duration_us, std::optional<std::int64_t> ttft_us,
                                const std::optional<base::Usage>& usage) const {
  duration->Observe(seconds(duration_us));
  if (ttft_us) first_chunk->Observe(seconds(*ttft_us));
  if (!usage) return;
  input->Observe(static_cast<double>(usage->input));
  output->Observe(static_cast<double>(usage->output));
}

void GenAiServerSeries::observe(std::int64_t duration_us, std::optional<std::int64_t> ttft_us,
                                const std::optional<base::Usage>& usage) const {
  duration->Observe(seconds(duration_us));
  if (!ttft_us) return;
  first_token->Observe(seconds(*ttft_us));
  if (usage && usage->output > 1) {
    per_token->Observe(seconds(duration_us - *ttft_us) / static_cast<double>(usage->output - 1));
  }
}

GenAiMetrics::GenAiMetrics(prometheus::Registry& registry)
    : client_duration_(family(registry, "gen_ai_client_operation_duration_seconds",
                              "Attempts at providers, from begin to end.")),
      client_first_chunk_(family(registry, "gen_ai_client_operation_time_to_first_chunk_seconds",
                                 "Streamed attempts, from begin to the first content.")),
      client_tokens_(family(registry, "gen_ai_client_token_usage",
                            "Tokens of attempts, as the provider told them.")),
      server_duration_(family(registry, "gen_ai_server_request_duration_seconds",
                              "Calls, from the request's head to the last byte.")),
      server_first_token_(family(registry, "gen_ai_server_time_to_first_token_seconds",
                                 "Streamed calls, from the request's head to the first content.")),
      server_per_token_(family(registry, "gen_ai_server_time_per_output_token_seconds",
                               "Streamed calls: a token after the first.")) {}

GenAiClientSeries GenAiMetrics::client(const GenAiLabels& labels, std::string_view error_type) {
  const Labels all = with(labels);
  Labels duration = all;
  if (!error_type.empty()) duration.emplace("error_type", error_type);
  const auto tokens = [&](const char* type) {
    Labels own = all;
    own.emplace("gen_ai_token_type", type);
    return &client_tokens_.Add(own, kTokenBuckets);
  };
  return {&client_duration_.Add(duration, kDurationBuckets),
          &client_first_chunk_.Add(all, kDurationBuckets), tokens("input"), tokens("output")};
}

GenAiServerSeries GenAiMetrics::server(const GenAiLabels& labels) {
  const Labels all = with(labels);
  return {&server_duration_.Add(all, kDurationBuckets),
          &server_first_token_.Add(all, kFirstTokenBuckets),
          &server_per_token_.Add(all, kPerTokenBuckets)};
}

}  // namespace headgate::telemetry
