#include "agents/retrieval/retriever.h"

#include <algorithm>
#include <utility>

#include "agents/knowledge/build.h"
#include "agents/retrieval/retrieval_span.h"
#include "base/async/handoff.h"

namespace headgate::agents::knowledge {

using base::Async;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

// One answer for a base that is not there and one that the key may not know of.
base::Error no_such_base(std::string_view name) {
  return fail(Errc::not_found, "There is no knowledge base `" + std::string(name) +
                                   "`, or you do not have access to it.");
}

bool may_search(const base::Principal& who, const KnowledgeConfig& config) {
  return config.scope.empty() ||
         std::find(who.scopes.begin(), who.scopes.end(), config.scope) != who.scopes.end();
}

void count(SearchCounts& counts, const Result<SearchResult>& found) {
  if (!found) {
    ++counts.failed;
    return;
  }
  ++counts.done;
  if (!found->notice.empty()) ++counts.without_vectors;
}

}  // namespace

Task<SearchResult> Retriever::search(base::Context& ctx, std::string_view name, SearchAsk ask) {
  const std::shared_ptr<const KnowledgeSet> bases = bases_.get();
  const auto base = bases->find(name);
  if (base == bases->end() || !may_search(*ctx.principal, base->second.config)) {
    co_return no_such_base(name);
  }
  ask.filter.tenant = ctx.principal->tenant;
  const auto checked = check(ask);
  if (!checked) co_return checked.error();
  RetrievalSpan span(ctx, base->first, ask);
  auto found = co_await find(ctx, base->second, ask);
  count(base->second.pool->counts(), found);
  span.record(ctx, base->second.config.content, found, tools_);
  co_return found;
}

Task<SearchResult> Retriever::find(base::Context& ctx, const KnowledgeBase& base,
                                   const SearchAsk& ask) {
  auto vector = co_await vector_of(ctx, base.config.embeddings, ask);
  base::Handoff<SearchResult> result(ctx.loop, ctx.cancellation);
  base.pool->search(ask, std::move(vector), result.receiver());
  auto found = co_await result;
  co_return found;
}

// Without one, a search goes by words, and says why.
Async<QueryVector> Retriever::vector_of(base::Context& ctx, const EmbeddingsConfig& embeddings,
                                        const SearchAsk& ask) {
  QueryVector out;
  if (embeddings.model.empty() || ask.mode == SearchMode::words) co_return out;
  out.model = vector_space(embeddings);
  const base::SpanId parent = ctx.trace.span;
  auto vector = co_await embedder_.embed(ctx, parent, embeddings, ask.query);
  if (vector) {
    out.values = std::move(*vector);
  } else {
    out.failure = "no vector of the query: " + vector.error().detail;
  }
  co_return out;
}

}  // namespace headgate::agents::knowledge
