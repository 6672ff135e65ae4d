// How long a search takes: the exact scan over vectors, and a whole search by words and vectors of
// an index on the disk.
#include "agents/knowledge/search.h"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <numeric>

#include "agents/knowledge/index_writer.h"
#include "base/random.h"
#include "storage/temporary_folder.h"

namespace headgate::agents::knowledge {
namespace {

std::vector<float> random_vector(base::Random& random, std::size_t dimensions) {
  std::vector<float> out(dimensions);
  for (float& value : out) value = static_cast<float>(random.unit() - 0.5);
  normalise(out);
  return out;
}

void scan(benchmark::State& state) {
  const auto rows = state.range(0);
  const auto dimensions = static_cast<std::size_t>(state.range(1));
  base::SeededRandom random(1);
  VectorMatrix matrix(dimensions);
  for (std::int64_t i = 0; i < rows; ++i) matrix.add(i / 8, i, random_vector(random, dimensions));
  std::vector<std::int64_t> documents(static_cast<std::size_t>(rows / 8 + 1));
  std::iota(documents.begin(), documents.end(), 0);
  const auto query = random_vector(random, dimensions);
  for (auto _ : state) benchmark::DoNotOptimize(matrix.nearest(query, documents, 50));
  state.SetBytesProcessed(state.iterations() * rows * state.range(1) *
                          static_cast<std::int64_t>(sizeof(float)));
}
BENCHMARK(scan)
    ->Args({1'000, 768})
    ->Args({50'000, 768})
    ->Args({50'000, 1536})
    ->Unit(benchmark::kMillisecond);

std::string text_of(base::Random& random) {
  std::string out;
  for (int i = 0; i < 120; ++i) {
    // Few words are frequent and many are rare, as in a language.
    const auto word =
        static_cast<std::uint64_t>(20'000 * random.unit() * random.unit() * random.unit());
    out += "w" + std::to_string(word) + " ";
  }
  return out;
}

// An index of so many chunks, eight a document.
class Index {
 public:
  Index(std::int64_t chunks, std::size_t dimensions) {
    base::SeededRandom random(1);
    auto writer = IndexWriter::open(folder(), "kb");
    Changes changes;
    changes.model = "m";
    changes.dimensions = static_cast<std::int64_t>(dimensions);
    changes.chunks_max = chunks;
    ChangedFile file{"f", "d", {}};
    std::vector<std::string> digests;
    std::vector<std::vector<float>> vectors;
    for (std::int64_t i = 0; i < chunks; ++i) {
      if (i % 8 == 0) {
        file.documents.emplace_back();
        file.documents.back().about.name = "f#" + std::to_string(i);
        file.documents.back().about.title = "title";
      }
      digests.push_back("digest" + std::to_string(i));
      vectors.push_back(random_vector(random, dimensions));
      file.documents.back().chunks.push_back({"", text_of(random), digests.back()});
    }
    changes.files.push_back(std::move(file));
    if (!writer || !writer->put_vectors(digests, "m", vectors)) std::abort();
    if (!writer->publish(changes, 1)) std::abort();
  }
  std::string folder() const { return folder_.path() + "/knowledge/kb"; }

 private:
  storage::TemporaryFolder folder_;
};

void whole_search(benchmark::State& state) {
  const auto dimensions = static_cast<std::size_t>(state.range(1));
  const Index index(state.range(0), dimensions);
  auto database = open_index_for_reading(index.folder());
  if (!database) std::abort();
  base::SeededRandom random(2);
  VectorCache cache;
  SearchAsk ask;
  ask.query = "w17 w400 w3000 w9000 w12";
  ask.mode = static_cast<SearchMode>(state.range(2));
  const QueryVector vector{random_vector(random, dimensions), "m", ""};
  if (!search(*database, cache, ask, vector)) std::abort();  // loads the vectors
  for (auto _ : state) {
    if (!search(*database, cache, ask, vector)) std::abort();
  }
}
BENCHMARK(whole_search)
    ->ArgNames({"chunks", "dimensions", "mode"})
    ->Args({50'000, 768, static_cast<int>(SearchMode::hybrid)})
    ->Args({50'000, 768, static_cast<int>(SearchMode::words)})
    ->Args({5'000, 768, static_cast<int>(SearchMode::hybrid)})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace headgate::agents::knowledge
