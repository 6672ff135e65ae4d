// Vectors of float32, each of length one, and the exact search among them: every vector that may be
// found is compared. What is found is ordered by similarity, then by chunk. Pure but for load(). A
// matrix is immutable once made and shared between threads.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "storage/sqlite.h"

namespace headgate::agents::knowledge {

struct ScoredChunk {
  std::int64_t chunk = 0;
  double score = 0;  // higher is better
};

float dot(const float* a, const float* b, std::size_t dimensions);

/// Makes its length one. False: it has none that is a number above zero.
bool normalise(std::vector<float>& vector);

class VectorMatrix {
 public:
  /// All vectors of that model that a kept version refers to.
  static base::Result<std::shared_ptr<const VectorMatrix>> load(storage::Database& database,
                                                                const std::string& model,
                                                                std::size_t dimensions);
  explicit VectorMatrix(std::size_t dimensions) : dimensions_(dimensions) {}

  void reserve(std::size_t vectors) { values_.reserve(vectors * dimensions_); }
  /// Documents come in ascending order. REQUIRES: dimensions() numbers.
  void add(std::int64_t document, std::int64_t chunk, std::span<const float> vector);
  /// The `count` best among those of `documents`, which are in ascending order.
  std::vector<ScoredChunk> nearest(std::span<const float> query,
                                   std::span<const std::int64_t> documents,
                                   std::size_t count) const;
  std::size_t dimensions() const { return dimensions_; }
  std::size_t size() const { return chunks_.size(); }

 private:
  struct Rows {
    std::int64_t document;
    std::size_t begin;
    std::size_t end;
  };

  std::size_t dimensions_;
  std::vector<float> values_;
  std::vector<std::int64_t> chunks_;
  std::vector<Rows> documents_;
};

}  // namespace headgate::agents::knowledge
