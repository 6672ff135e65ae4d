#include "agents/knowledge/search.h"

#include <algorithm>

#include "agents/knowledge/fusion.h"
#include "agents/knowledge/query_words.h"

namespace headgate::agents::knowledge {

using base::Errc;
using base::fail;
using base::Result;
using storage::Database;

namespace {

constexpr std::size_t kCandidatesMin = 50;  // of each ranking: fusion needs more than it gives

// All statements between its making and its end see the same version.
class ReadTransaction {
 public:
  static Result<ReadTransaction> begin(Database& database) {
    const auto begun = database.execute("BEGIN");
    if (!begun) return begun.error();
    return ReadTransaction(database);
  }
  ReadTransaction(ReadTransaction&& other) noexcept
      : database_(std::exchange(other.database_, nullptr)) {}
  ReadTransaction& operator=(ReadTransaction&&) = delete;
  ~ReadTransaction() {
    if (database_ != nullptr) (void)database_->execute("ROLLBACK");
  }

 private:
  explicit ReadTransaction(Database& database) : database_(&database) {}
  Database* database_;
};

class Search {
 public:
  Search(Database& database, VectorCache& cache, const SearchAsk& ask, const QueryVector& vector)
      : database_(database), cache_(cache), ask_(ask), vector_(vector) {}

  Result<SearchResult> run();

 private:
  Result<void> choose_version();
  Result<std::vector<ScoredChunk>> by_words();
  Result<std::vector<ScoredChunk>> by_vector();
  std::string why_no_vectors() const;
  Result<void> read(const FusedChunk& fused);
  std::size_t candidates() const { return std::max(kCandidatesMin, ask_.count * 2); }

  Database& database_;
  VectorCache& cache_;
  const SearchAsk& ask_;
  const QueryVector& vector_;
  IndexVersion newest_;
  SearchResult out_;
};

Result<void> Search::choose_version() {
  auto newest = find_version(database_);
  if (!newest) return newest.error();
  if (!*newest) {
    return fail(Errc::not_found,
                "This knowledge base has no index yet: build it with headgate kb build.");
  }
  newest_ = std::move(**newest);
  out_.version = newest_;
  if (!ask_.version || *ask_.version == newest_.number) return {};
  auto asked = find_version(database_, ask_.version);
  if (!asked) return asked.error();
  if (*asked) {
    out_.version = std::move(**asked);
    return {};
  }
  const auto kept = kept_versions(database_);
  if (!kept) return kept.error();
  return fail(Errc::not_found, "Version " + std::to_string(*ask_.version) +
                                   " of this knowledge base is not kept; there are: " + *kept);
}

Result<std::vector<ScoredChunk>> Search::by_words() {
  std::vector<ScoredChunk> out;
  const std::string match = match_expression(ask_.query);
  if (match.empty()) return out;
  constexpr int kFirst = 2;
  const int limit = kFirst + filter_size(ask_.filter);
  // A word in a title says more of a chunk than one in its text.
  auto rows = database_.prepare(
      "SELECT c.id, bm25(words, 2.0, 1.5, 1.0) AS badness FROM words JOIN chunks c ON c.id = "
      "words.rowid JOIN documents d ON d.id = c.document WHERE words MATCH ?1 AND" +
      filter_sql(ask_.filter, kFirst) + " ORDER BY badness, c.name LIMIT ?" +
      std::to_string(limit));
  if (!rows) return rows.error();
  rows->bind(1, std::string_view(match));
  bind_filter(*rows, ask_.filter, out_.version.number, kFirst);
  rows->bind(limit, static_cast<std::int64_t>(candidates()));
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return out;
    out.push_back({rows->integer(0), -rows->real(1)});
  }
}

// Empty: nothing speaks against them.
std::string Search::why_no_vectors() const {
  const IndexVersion& version = out_.version;
  if (!vector_.failure.empty()) return vector_.failure;
  if (vector_.model.empty()) return "this knowledge base has no embeddings in the configuration";
  if (version.model.empty()) return "the index has no vectors: build it again";
  if (version.model != vector_.model) {
    return "the index has vectors of " + version.model + ", not of " + vector_.model +
           ": build it again";
  }
  if (static_cast<std::int64_t>(vector_.values.size()) == version.dimensions) return {};
  return "the query's vector has " + std::to_string(vector_.values.size()) +
         " dimensions, those of the index have " + std::to_string(version.dimensions) +
         ": build it again";
}

Result<std::vector<ScoredChunk>> Search::by_vector() {
  const auto documents = matching_documents(database_, ask_.filter, out_.version.number);
  if (!documents) return documents.error();
  const auto matrix = cache_.get(database_, newest_, out_.version);
  if (!matrix) return matrix.error();
  return (*matrix)->nearest(vector_.values, *documents, candidates());
}

Result<void> Search::read(const FusedChunk& fused) {
  auto row = database_.prepare(
      "SELECT c.name, d.name, c.title, c.heading, c.text FROM chunks c JOIN documents d ON "
      "d.id = c.document WHERE c.id = ?1");
  if (!row) return row.error();
  row->bind(1, fused.chunk);
  const auto found = row->step();
  if (!found) return found.error();
  if (!*found) return {};
  FoundChunk& out = out_.chunks.emplace_back();
  out.id = row->text(0);
  out.document = row->text(1);
  out.title = row->text(2);
  out.heading = row->text(3);
  out.text = row->text(4);
  out.score = fused.score;
  out.words = fused.words;
  out.vector = fused.vector;
  return {};
}

Result<SearchResult> Search::run() {
  const auto reading = ReadTransaction::begin(database_);
  if (!reading) return reading.error();
  const auto chosen = choose_version();
  if (!chosen) return chosen.error();
  std::vector<ScoredChunk> words;
  std::vector<ScoredChunk> vectors;
  const std::string without = ask_.mode == SearchMode::words ? "-" : why_no_vectors();
  if (ask_.mode == SearchMode::vectors && !without.empty()) {
    return fail(Errc::invalid_request, "Cannot search by vectors: " + without);
  }
  if (ask_.mode != SearchMode::vectors) {
    auto found = by_words();
    if (!found) return found.error();
    words = std::move(*found);
  }
  if (without.empty()) {
    auto found = by_vector();
    if (!found) return found.error();
    vectors = std::move(*found);
  } else if (ask_.mode == SearchMode::hybrid && !vector_.model.empty()) {
    out_.notice = without;
  }
  for (const FusedChunk& fused : fuse(words, vectors, ask_.count)) {
    const auto done = read(fused);
    if (!done) return done.error();
  }
  return std::move(out_);
}

}  // namespace

// Version numbers begin anew when an index is deleted: what was built when is part of the key.
Result<std::shared_ptr<const VectorMatrix>> VectorCache::get(Database& database,
                                                             const IndexVersion& newest,
                                                             const IndexVersion& wanted) {
  const std::string key = newest.text() + "/" + std::to_string(newest.built_unix_us) + "/" +
                          std::to_string(wanted.dimensions) + "/" + wanted.model;
  const std::lock_guard lock(mutex_);
  if (matrix_ && key_ == key) return matrix_;
  auto loaded =
      VectorMatrix::load(database, wanted.model, static_cast<std::size_t>(wanted.dimensions));
  if (!loaded) return loaded.error();
  key_ = key;
  matrix_ = *loaded;
  return loaded;
}

Result<void> check(const SearchAsk& ask) {
  if (ask.query.find_first_not_of(" \t\r\n") == std::string::npos) {
    return fail(Errc::invalid_request, "The query is empty.", "query");
  }
  if (ask.query.size() > kQueryBytesMax) {
    return fail(Errc::invalid_request,
                "The query is longer than " + std::to_string(kQueryBytesMax) + " bytes.", "query");
  }
  if (ask.filter.labels.size() > kFilterLabelsMax) {
    return fail(Errc::invalid_request,
                "More than " + std::to_string(kFilterLabelsMax) + " labels to filter by.",
                "labels");
  }
  if (ask.count >= 1 && ask.count <= kResultsMax) return {};
  return fail(Errc::invalid_request, "k must be from 1 to " + std::to_string(kResultsMax) + ".",
              "k");
}

Result<SearchResult> search(Database& database, VectorCache& cache, const SearchAsk& ask,
                            const QueryVector& vector) {
  return Search(database, cache, ask, vector).run();
}

}  // namespace headgate::agents::knowledge
