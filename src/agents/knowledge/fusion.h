// Reciprocal rank fusion (Cormack, Clarke, Büttcher 2009): a chunk's score is the sum of
// 1 / (60 + rank) over the rankings it is in. Ranks are compared, never scores, so BM25 and cosines
// need no common scale. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "agents/knowledge/search.h"

namespace headgate::agents::knowledge {

inline constexpr double kFusionConstant = 60;

struct FusedChunk {
  std::int64_t chunk = 0;
  double score = 0;
  std::optional<Rank> words;
  std::optional<Rank> vector;
};

/// Best first; among equals the one that stands higher in `words`, then in `vectors`. Each ranking
/// is best first and has a chunk once.
std::vector<FusedChunk> fuse(std::span<const ScoredChunk> words,
                             std::span<const ScoredChunk> vectors, std::size_t count);

}  // namespace headgate::agents::knowledge
