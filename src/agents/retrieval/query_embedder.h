// The vector of a query, by way of the gateway's own pipeline: with its retries, breakers, prices
// and traces, on behalf of whoever searches. One a loop, used by its thread only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agents/retrieval/config.h"
#include "base/async/task.h"
#include "base/context.h"
#include "gateway/pipeline.h"

namespace headgate::agents::knowledge {

/// The body of a call of OpenAI's embeddings API.
std::string embedding_body(const EmbeddingsConfig& embeddings,
                           const std::vector<std::string>& texts);
/// The vectors in its answer, one a text. Errors: upstream_malformed.
base::Result<std::vector<std::vector<float>>> read_embeddings(std::string_view body);

class QueryEmbedder {
 public:
  explicit QueryEmbedder(gateway::Pipeline& pipeline) : pipeline_(pipeline) {}

  /// Of length one. Its span stands below `parent`. Errors: those of the call, within
  /// query_timeout_ms.
  base::Task<std::vector<float>> embed(base::Context& ctx, base::SpanId parent,
                                       const EmbeddingsConfig& embeddings, std::string_view query);

 private:
  gateway::Pipeline& pipeline_;
};

}  // namespace headgate::agents::knowledge
