// What agents and the HTTP API search knowledge bases with. A KnowledgeSet is the bases of one
// configuration, an immutable snapshot; a Retriever is one a loop, used by its thread only, and
// waits for the index in a coroutine, never blocked. Who may search which base is asked here, by
// scope; which tenant's documents are found follows from the principal, whatever the filter says.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "agents/retrieval/config.h"
#include "agents/retrieval/index_pool.h"
#include "agents/retrieval/query_embedder.h"
#include "base/async/snapshot.h"
#include "base/context.h"
#include "telemetry/sink.h"

namespace headgate::agents::knowledge {

struct KnowledgeBase {
  KnowledgeConfig config;
  std::shared_ptr<IndexPool> pool;
};

using KnowledgeSet = std::map<std::string, KnowledgeBase, std::less<>>;

/// What a loop's searches leave behind.
struct RetrievalTools {
  telemetry::SpanSink& sink;
  base::Redactor& redactor;
};

class Retriever {
 public:
  Retriever(const base::SnapshotCell<KnowledgeSet>& bases, gateway::Pipeline& pipeline,
            RetrievalTools tools)
      : bases_(bases), embedder_(pipeline), tools_(tools) {}

  /// Records a retrieval span, on every way out once the base is known and may be searched; below
  /// ctx.trace.parent, with the id ctx.trace.span. `ask.filter.tenant` is set to the principal's.
  /// Errors: not_found: no such base, index or version; permission_denied: the scope is missing;
  /// invalid_request: nothing to search by; overloaded. REQUIRES: ctx.principal.
  base::Task<SearchResult> search(base::Context& ctx, std::string_view name, SearchAsk ask);

  const std::shared_ptr<const KnowledgeSet>& bases() { return bases_.get(); }

 private:
  base::Task<SearchResult> find(base::Context& ctx, const KnowledgeBase& base,
                                const SearchAsk& ask);
  base::Async<QueryVector> vector_of(base::Context& ctx, const EmbeddingsConfig& embeddings,
                                     const SearchAsk& ask);

  base::SnapshotReader<KnowledgeSet> bases_;
  QueryEmbedder embedder_;
  RetrievalTools tools_;
};

}  // namespace headgate::agents::knowledge
