// The files of a knowledge base on the disk: which there are, what is in them, by which rules they
// are read. Hidden files and folders are passed over, folders that are links are not followed.
// Blocks; for a thread that may.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agents/documents/document.h"
#include "agents/retrieval/config.h"

namespace headgate::agents::knowledge {

struct SourceFiles {
  std::vector<std::string> paths;                   // in the base, sorted
  std::map<std::string, std::int64_t> other_kinds;  // files that nothing here reads, by extension
  std::int64_t not_wanted = 0;                      // that no pattern of the configuration matches
};

/// Errors: io_failed; invalid_request: too many.
base::Result<SourceFiles> list_files(const KnowledgeConfig& config);

/// Errors: io_failed, invalid_request (too large), located in the base.
base::Result<std::string> read_file(const KnowledgeConfig& config, const std::string& path);

/// Tenants and labels of the configuration onto what the file itself says. Errors: a document of
/// one tenant in another's folder; one of nobody where that is not allowed.
base::Result<void> apply_rules(const KnowledgeConfig& config, const std::string& path,
                               Documents& documents);

}  // namespace headgate::agents::knowledge
