// Builds a knowledge base: looks at its files, reads those that have changed, gets the vectors that
// are missing and publishes a new version, or finds that nothing has changed. Blocks; for a thread
// that may. Whatever goes wrong, the version before stays.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agents/knowledge/index.h"
#include "agents/retrieval/config.h"
#include "base/clock.h"

namespace headgate::agents::knowledge {

/// A vector for each text, in their order, of any length.
using EmbedTexts =
    std::function<base::Result<std::vector<std::vector<float>>>(const std::vector<std::string>&)>;

/// "Returns > Deadlines" and the text below it, as they are embedded.
std::string embedded_text(const std::string& title, const std::string& heading,
                          const std::string& text);

/// The vectors of a model and a number of dimensions: what the index calls its model.
std::string vector_space(const EmbeddingsConfig& embeddings);

struct BuildProgress {
  enum class Step : std::uint8_t { reading, embedding, publishing };
  Step step = Step::reading;
  std::size_t done = 0;
  std::size_t of = 0;
};

struct BuildOptions {
  std::string name;
  std::string storage_folder;
  bool skip_bad = false;  // leave files out that cannot be read, instead of failing
  EmbedTexts embed;       // null: a base with vectors cannot be built
  std::function<void(const BuildProgress&)> progress;  // null: nobody looks
};

struct BuildReport {
  IndexVersion version;
  bool is_new = false;  // else nothing had changed
  std::size_t files_changed = 0;
  std::size_t files_gone = 0;
  std::size_t files_same = 0;
  std::size_t vectors_made = 0;
  std::size_t vectors_kept = 0;       // that were there already, of changed files
  std::vector<std::string> problems;  // of files that were left out, a sentence each
  std::map<std::string, std::int64_t> other_kinds;
  std::int64_t not_wanted = 0;
};

/// Errors: those of the files, all of them, a line each, unless they are left out; those of
/// `embed`; conflict, while another process builds.
base::Result<BuildReport> build(const KnowledgeConfig& config, const BuildOptions& options,
                                const base::Clock& clock);

}  // namespace headgate::agents::knowledge
