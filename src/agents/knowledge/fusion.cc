#include "agents/knowledge/fusion.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <unordered_map>

namespace headgate::agents::knowledge {
namespace {

std::int64_t place(const std::optional<Rank>& rank) {
  return rank ? rank->rank : std::numeric_limits<std::int64_t>::max();
}

bool is_better(const FusedChunk& a, const FusedChunk& b) {
  if (a.score != b.score) return a.score > b.score;
  return std::tuple(place(a.words), place(a.vector), a.chunk) <
         std::tuple(place(b.words), place(b.vector), b.chunk);
}

}  // namespace

std::vector<FusedChunk> fuse(std::span<const ScoredChunk> words,
                             std::span<const ScoredChunk> vectors, std::size_t count) {
  std::unordered_map<std::int64_t, FusedChunk> all;
  const auto add = [&all](std::span<const ScoredChunk> ranking,
                          std::optional<Rank> FusedChunk::*member) {
    for (std::size_t i = 0; i < ranking.size(); ++i) {
      FusedChunk& fused = all[ranking[i].chunk];
      const auto rank = static_cast<std::int64_t>(i) + 1;
      fused.chunk = ranking[i].chunk;
      fused.*member = Rank{rank, ranking[i].score};
      fused.score += 1 / (kFusionConstant + static_cast<double>(rank));
    }
  };
  add(words, &FusedChunk::words);
  add(vectors, &FusedChunk::vector);
  std::vector<FusedChunk> out;
  out.reserve(all.size());
  for (const auto& entry : all) out.push_back(entry.second);
  std::sort(out.begin(), out.end(), is_better);
  if (out.size() > count) out.resize(count);
  return out;
}

}  // namespace headgate::agents::knowledge
