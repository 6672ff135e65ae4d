// Metrics under the names of OpenTelemetry's GenAI conventions (1.41), beside Headgate's own: what
// it sees as a client of providers, by attempt, and as a server of callers, by call. Series are
// made on first use and kept by who asked for them. Owned by Metrics; safe from any thread.
#pragma once

#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <optional>
#include <string_view>

#include "base/usage.h"

namespace headgate::telemetry {

/// The labels that every one of them has.
struct GenAiLabels {
  std::string_view operation;  // "chat", "embeddings", …
  std::string_view provider;   // by the conventions: "openai", "gcp.gemini", …
  std::string_view model;      // as requested of the provider
};

/// Of a client: one attempt at a provider, with or without an error.
struct GenAiClientSeries {
  prometheus::Histogram* duration;
  prometheus::Histogram* first_chunk;
  prometheus::Histogram* input;
  prometheus::Histogram* output;

  void observe(std::int64_t duration_us, std::optional<std::int64_t> ttft_us,
               const std::optional<base::Usage>& usage) const;
};

/// Of a server: one call as the caller saw it.
struct GenAiServerSeries {
  prometheus::Histogram* duration;
  prometheus::Histogram* first_token;
  prometheus::Histogram* per_token;

  void observe(std::int64_t duration_us, std::optional<std::int64_t> ttft_us,
               const std::optional<base::Usage>& usage) const;
};

class GenAiMetrics {
 public:
  explicit GenAiMetrics(prometheus::Registry& registry);

  /// `error_type`: the failure's name; empty: none.
  GenAiClientSeries client(const GenAiLabels& labels, std::string_view error_type);
  GenAiServerSeries server(const GenAiLabels& labels);

 private:
  using Histograms = prometheus::Family<prometheus::Histogram>;

  Histograms& client_duration_;
  Histograms& client_first_chunk_;
  Histograms& client_tokens_;
  Histograms& server_duration_;
  Histograms& server_first_token_;
  Histograms& server_per_token_;
};

}  // namespace headgate::telemetry
