#include "agents/knowledge/vectors.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace headgate::agents::knowledge {

using base::Result;

namespace {

constexpr std::size_t kLanes = 8;
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));

void add_product(Lanes& sum, const float* a, const float* b) {
  Lanes left;
  Lanes right;
  std::memcpy(&left, a, sizeof left);
  std::memcpy(&right, b, sizeof right);
  sum += left * right;
}

bool is_better(const ScoredChunk& a, const ScoredChunk& b) {
  return a.score != b.score ? a.score > b.score : a.chunk < b.chunk;
}

// Keeps the best, the worst of them in front.
class Best {
 public:
  explicit Best(std::size_t count) : count_(count) { heap_.reserve(count + 1); }

  void offer(const ScoredChunk& one) {
    if (heap_.size() == count_ && (count_ == 0 || !is_better(one, heap_.front()))) return;
    heap_.push_back(one);
    std::push_heap(heap_.begin(), heap_.end(), is_better);
    if (heap_.size() <= count_) return;
    std::pop_heap(heap_.begin(), heap_.end(), is_better);
    heap_.pop_back();
  }
  std::vector<ScoredChunk> take() {
    std::sort_heap(heap_.begin(), heap_.end(), is_better);
    return std::move(heap_);
  }

 private:
  std::size_t count_;
  std::vector<ScoredChunk> heap_;
};

}  // namespace

// Several sums at a time, so that additions need not wait for each other.
float dot(const float* a, const float* b, std::size_t dimensions) {
  Lanes first{};
  Lanes second{};
  std::size_t i = 0;
  for (; i + 2 * kLanes <= dimensions; i += 2 * kLanes) {
    add_product(first, a + i, b + i);
    add_product(second, a + i + kLanes, b + i + kLanes);
  }
  first += second;
  float out = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) out += first[lane];
  for (; i < dimensions; ++i) out += a[i] * b[i];
  return out;
}

bool normalise(std::vector<float>& vector) {
  double squares = 0;
  for (const float value : vector) squares += static_cast<double>(value) * value;
  if (!std::isfinite(squares) || squares <= 0) return false;
  const double length = std::sqrt(squares);
  for (float& value : vector) value = static_cast<float>(value / length);
  return true;
}

void VectorMatrix::add(std::int64_t document, std::int64_t chunk, std::span<const float> vector) {
  if (documents_.empty() || documents_.back().document != document) {
    documents_.push_back({document, chunks_.size(), chunks_.size()});
  }
  values_.insert(values_.end(), vector.begin(), vector.end());
  chunks_.push_back(chunk);
  documents_.back().end = chunks_.size();
}

std::vector<ScoredChunk> VectorMatrix::nearest(std::span<const float> query,
                                               std::span<const std::int64_t> documents,
                                               std::size_t count) const {
  Best best(count);
  auto wanted = documents.begin();
  for (const Rows& rows : documents_) {
    while (wanted != documents.end() && *wanted < rows.document) ++wanted;
    if (wanted == documents.end()) break;
    if (*wanted != rows.document) continue;
    for (std::size_t row = rows.begin; row < rows.end; ++row) {
      const float score = dot(query.data(), values_.data() + row * dimensions_, dimensions_);
      best.offer({chunks_[row], score});
    }
  }
  return best.take();
}

Result<std::shared_ptr<const VectorMatrix>> VectorMatrix::load(storage::Database& database,
                                                               const std::string& model,
                                                               std::size_t dimensions) {
  auto rows = database.prepare(
      "SELECT c.document, c.id, v.vector FROM chunks c JOIN vectors v ON v.id = c.vector "
      "WHERE v.model = ?1 ORDER BY c.document, c.id");
  if (!rows) return rows.error();
  rows->bind(1, std::string_view(model));
  const auto count = database.integer("SELECT count(*) FROM chunks WHERE vector IS NOT NULL");
  if (!count) return count.error();
  auto out = std::make_shared<VectorMatrix>(dimensions);
  out->reserve(static_cast<std::size_t>(*count));
  std::vector<float> vector(dimensions);
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return std::shared_ptr<const VectorMatrix>(std::move(out));
    const auto bytes = rows->blob(2);
    if (bytes.size() != dimensions * sizeof(float)) continue;  // of another version of the index
    std::memcpy(vector.data(), bytes.data(), bytes.size());
    out->add(rows->integer(0), rows->integer(1), vector);
  }
}

}  // namespace headgate::agents::knowledge
