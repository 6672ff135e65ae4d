// One search of an index: by words (BM25) and by vectors, each with the filter inside, and both
// rankings joined by reciprocal rank fusion. Everything it reads is of one version of the index,
// whatever a build does meanwhile. Runs on the thread of its connection; waits for the disk.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agents/knowledge/filter.h"
#include "agents/knowledge/index.h"
#include "agents/knowledge/vectors.h"

namespace headgate::agents::knowledge {

enum class SearchMode : std::uint8_t { hybrid, words, vectors };

inline constexpr std::size_t kResultsMax = 100;
inline constexpr std::size_t kQueryBytesMax = 8 * 1024;

struct SearchAsk {
  std::string query;
  Filter filter;
  std::size_t count = 5;
  SearchMode mode = SearchMode::hybrid;
  std::optional<std::int64_t> version;  // nothing: the newest
};

/// Where a chunk stands in one of the rankings.
struct Rank {
  std::int64_t rank = 0;  // from 1
  double score = 0;       // BM25, or the cosine of the angle; higher is better
};

struct FoundChunk {
  std::string id;  // "support/returns.md#3-1a2b3c4d": base, document, place in it, digest
  std::string document;
  std::string title;
  std::string heading;
  std::string text;
  double score = 0;  // of both rankings together
  std::optional<Rank> words;
  std::optional<Rank> vector;
};

struct SearchResult {
  std::vector<FoundChunk> chunks;  // best first
  IndexVersion version;
  std::string notice;  // why vectors were not asked, where they should have been; empty: they were
};

/// What is wrong with it, as invalid_request.
base::Result<void> check(const SearchAsk& ask);

/// The vector of the query, or why there is none.
struct QueryVector {
  std::vector<float> values;  // of length one; empty: there is none
  std::string model;
  std::string failure;
};

/// The vectors of an index in memory, for all connections to it.
class VectorCache {
 public:
  /// Those of `wanted`, as they are when `newest` is the newest version.
  base::Result<std::shared_ptr<const VectorMatrix>> get(storage::Database& database,
                                                        const IndexVersion& newest,
                                                        const IndexVersion& wanted);

 private:
  std::mutex mutex_;  // held while it loads, so that it is loaded once
  std::string key_;   // of the index as it was
  std::shared_ptr<const VectorMatrix> matrix_;
};

/// Errors: not_found: no index yet, or no such version; invalid_request: nothing to search by.
base::Result<SearchResult> search(storage::Database& database, VectorCache& cache,
                                  const SearchAsk& ask, const QueryVector& vector);

}  // namespace headgate::agents::knowledge
