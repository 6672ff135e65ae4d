#include "agents/knowledge/build.h"

#include <algorithm>
#include <set>
#include <utility>

#include "agents/documents/chunk.h"
#include "agents/documents/read_document.h"
#include "agents/knowledge/index_writer.h"
#include "agents/knowledge/source_files.h"
#include "agents/knowledge/vectors.h"
#include "base/config/value.h"
#include "base/text/sha256.h"

namespace headgate::agents::knowledge {

using base::Errc;
using base::Error;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kReaders = "1";  // another number when files come to be read differently
constexpr std::size_t kProblemsMax = 100;   // shown
using Step = BuildProgress::Step;

// What makes the same bytes other documents, chunks or vectors.
std::string settings_of(const KnowledgeConfig& config) {
  std::string all(kReaders);
  all += base::config::to_json(config.folders) + base::config::to_json(config.labels);
  all += config.tenant_required ? "1" : "0";
  all += std::to_string(config.chunk_tokens) + "/" + std::to_string(config.overlap_percent) + "/";
  all += config.embeddings.document_prefix + "/" + vector_space(config.embeddings);
  return base::sha256_hex(all);
}

class Build {
 public:
  Build(const KnowledgeConfig& config, const BuildOptions& options, const base::Clock& clock,
        IndexWriter writer)
      : config_(config), options_(options), clock_(clock), writer_(std::move(writer)) {}

  Result<BuildReport> run();

 private:
  Result<void> look();
  Result<void> look_at(const std::string& path);
  Result<void> look_into(const std::string& path, const std::string& bytes);
  Result<void> take(const std::string& path, const std::string& digest, Documents documents);
  bool note_problem(const Error& error);
  Error all_problems() const;
  Result<void> embed_missing();
  Result<void> embed(const std::vector<std::pair<std::string, std::string>>& missing);
  Result<void> check(std::vector<std::vector<float>>& vectors, std::size_t wanted);
  bool has_changed(const std::optional<IndexVersion>& before) const;
  void tell(Step step, std::size_t done, std::size_t of) const {
    if (options_.progress) options_.progress({step, done, of});
  }

  const KnowledgeConfig& config_;
  const BuildOptions& options_;
  const base::Clock& clock_;
  IndexWriter writer_;
  std::map<std::string, KnownFile> known_;
  Changes changes_;
  std::size_t chunks_ = 0;  // of changed files
  std::size_t problems_ = 0;
  BuildReport report_;
};

bool Build::note_problem(const Error& error) {
  ++problems_;
  if (report_.problems.size() < kProblemsMax) report_.problems.push_back(error.detail);
  return error.code == Errc::invalid_request || error.code == Errc::io_failed;
}

Error Build::all_problems() const {
  std::string detail;
  for (const std::string& problem : report_.problems) {
    if (!detail.empty()) detail += '\n';
    detail += problem;
  }
  if (problems_ > report_.problems.size()) {
    detail += "\nand " + std::to_string(problems_ - report_.problems.size()) + " more files";
  }
  return fail(Errc::invalid_request, std::move(detail));
}

Result<void> Build::take(const std::string& path, const std::string& digest, Documents documents) {
  const auto bytes_max = static_cast<std::size_t>(config_.chunk_tokens) * kBytesOfToken;
  const ChunkRules rules{bytes_max,
                         bytes_max * static_cast<std::size_t>(config_.overlap_percent) / 100};
  ChangedFile file{path, digest, {}};
  for (Document& document : documents) {
    NewDocument made;
    for (Chunk& each : chunk(document, rules)) {
      const std::string text = config_.embeddings.document_prefix +
                               embedded_text(document.title, each.heading, each.text);
      made.chunks.push_back(
          {std::move(each.heading), std::move(each.text), base::sha256_hex(text)});
    }
    chunks_ += made.chunks.size();
    if (chunks_ > static_cast<std::size_t>(config_.chunks_max)) {
      return fail(Errc::payload_too_large, path + ": with it there would be more than " +
                                               std::to_string(config_.chunks_max) +
                                               " chunks; raise chunks_max or take files out");
    }
    document.sections.clear();
    made.about = std::move(document);
    file.documents.push_back(std::move(made));
  }
  changes_.files.push_back(std::move(file));
  return {};
}

Result<void> Build::look_into(const std::string& path, const std::string& bytes) {
  const std::string digest = base::sha256_hex(bytes);
  const auto before = known_.find(path);
  if (before != known_.end() && before->second.digest == digest &&
      before->second.settings == changes_.settings) {
    ++report_.files_same;
    return {};
  }
  auto documents = read_document(path, bytes);
  if (!documents) return documents.error();
  const auto applied = apply_rules(config_, path, *documents);
  if (!applied) return applied.error();
  return take(path, digest, std::move(*documents));
}

Result<void> Build::look_at(const std::string& path) {
  const auto bytes = read_file(config_, path);
  if (!bytes) return bytes.error();
  return look_into(path, *bytes);
}

Result<void> Build::look() {
  auto known = writer_.files();
  if (!known) return known.error();
  known_ = std::move(*known);
  auto files = list_files(config_);
  if (!files) return files.error();
  report_.other_kinds = std::move(files->other_kinds);
  report_.not_wanted = files->not_wanted;
  std::set<std::string> there;
  for (std::size_t i = 0; i < files->paths.size(); ++i) {
    const std::string& path = files->paths[i];
    tell(Step::reading, i, files->paths.size());
    const auto looked = look_at(path);
    if (looked) {
      there.insert(path);
    } else if (!note_problem(looked.error())) {
      return looked.error();
    }
  }
  tell(Step::reading, files->paths.size(), files->paths.size());
  if (problems_ > 0 && !options_.skip_bad) return all_problems();
  for (const auto& entry : known_) {
    if (!there.contains(entry.first)) changes_.gone.push_back(entry.first);
  }
  return {};
}

Result<void> Build::check(std::vector<std::vector<float>>& vectors, std::size_t wanted) {
  const std::string& model = config_.embeddings.model;
  if (vectors.size() != wanted) {
    return fail(Errc::upstream_malformed, model + " gave " + std::to_string(vectors.size()) +
                                              " vectors for " + std::to_string(wanted) + " texts");
  }
  for (auto& vector : vectors) {
    if (!normalise(vector)) {
      return fail(Errc::upstream_malformed, model + " gave a vector without a direction");
    }
    const auto dimensions = static_cast<std::int64_t>(vector.size());
    if (changes_.dimensions == 0) changes_.dimensions = dimensions;
    if (dimensions == changes_.dimensions) continue;
    return fail(Errc::upstream_malformed, model + " gave vectors of " + std::to_string(dimensions) +
                                              " and of " + std::to_string(changes_.dimensions) +
                                              " dimensions");
  }
  return {};
}

Result<void> Build::embed(const std::vector<std::pair<std::string, std::string>>& missing) {
  const auto batch = static_cast<std::size_t>(config_.embeddings.batch);
  for (std::size_t begin = 0; begin < missing.size(); begin += batch) {
    tell(Step::embedding, begin, missing.size());
    std::vector<std::string> digests;
    std::vector<std::string> texts;
    for (std::size_t i = begin; i < std::min(begin + batch, missing.size()); ++i) {
      digests.push_back(missing[i].first);
      texts.push_back(missing[i].second);
    }
    auto vectors = options_.embed(texts);
    if (!vectors) return vectors.error();
    const auto checked = check(*vectors, texts.size());
    if (!checked) return checked.error();
    const auto put = writer_.put_vectors(digests, changes_.model, *vectors);
    if (!put) return put.error();
    report_.vectors_made += texts.size();
  }
  tell(Step::embedding, missing.size(), missing.size());
  return {};
}

Result<void> Build::embed_missing() {
  const auto dimensions = writer_.dimensions_of(changes_.model);
  if (!dimensions) return dimensions.error();
  changes_.dimensions = *dimensions;
  std::set<std::string> asked;
  std::vector<std::pair<std::string, std::string>> missing;  // digest and text
  for (const ChangedFile& file : changes_.files) {
    for (const NewDocument& document : file.documents) {
      for (const NewChunk& chunk : document.chunks) {
        if (!asked.insert(chunk.digest).second) continue;
        const auto has = writer_.has_vector(chunk.digest, changes_.model);
        if (!has) return has.error();
        if (*has) {
          ++report_.vectors_kept;
          continue;
        }
        missing.emplace_back(chunk.digest,
                             config_.embeddings.document_prefix +
                                 embedded_text(document.about.title, chunk.heading, chunk.text));
      }
    }
  }
  if (missing.empty()) return {};
  if (!options_.embed) {
    return fail(Errc::config_invalid, "knowledge base " + options_.name +
                                          " has embeddings, but "
                                          "there is no gateway to get them from");
  }
  return embed(missing);
}

bool Build::has_changed(const std::optional<IndexVersion>& before) const {
  return !before || !changes_.files.empty() || !changes_.gone.empty() ||
         before->model != changes_.model || before->skipped != changes_.skipped;
}

Result<BuildReport> Build::run() {
  changes_.settings = settings_of(config_);
  changes_.stemming = config_.stemming;
  changes_.model = vector_space(config_.embeddings);
  changes_.versions_kept = config_.versions_kept;
  changes_.chunks_max = config_.chunks_max;
  const auto before = writer_.newest();
  if (!before) return before.error();
  const auto looked = look();
  if (!looked) return looked.error();
  changes_.skipped = static_cast<std::int64_t>(problems_);
  report_.files_changed = changes_.files.size();
  report_.files_gone = changes_.gone.size();
  if (!changes_.model.empty()) {
    const auto embedded = embed_missing();
    if (!embedded) return embedded.error();
  }
  const auto stemmed = writer_.has_stemming(changes_.stemming);
  if (!stemmed) return stemmed.error();
  if (*stemmed && !has_changed(*before)) {
    report_.version = **before;
    return std::move(report_);
  }
  tell(Step::publishing, 0, 1);
  auto version = writer_.publish(changes_, clock_.unix_us());
  if (!version) return version.error();
  tell(Step::publishing, 1, 1);
  report_.version = std::move(*version);
  report_.is_new = true;
  return std::move(report_);
}

}  // namespace

std::string embedded_text(const std::string& title, const std::string& heading,
                          const std::string& text) {
  std::string out = title;
  if (!heading.empty() && heading != title) out += "\n" + heading;
  return out + "\n\n" + text;
}

std::string vector_space(const EmbeddingsConfig& embeddings) {
  if (embeddings.model.empty() || embeddings.dimensions == 0) return embeddings.model;
  return embeddings.model + "@" + std::to_string(embeddings.dimensions);
}

Result<BuildReport> build(const KnowledgeConfig& config, const BuildOptions& options,
                          const base::Clock& clock) {
  auto writer = IndexWriter::open(index_folder(options.storage_folder, options.name), options.name);
  if (!writer) return writer.error();
  return Build(config, options, clock, std::move(*writer)).run();
}

}  // namespace headgate::agents::knowledge
