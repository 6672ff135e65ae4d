// The index of a knowledge base: one SQLite file in a folder of its own. Documents carry the
// versions from which and up to which they count, so that readers see one version whole while the
// next is written in one transaction, and older ones stay for as long as they are kept. Vectors are
// kept by the digest of the text and their model. Plain values and how the file is opened.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agents/documents/document.h"
#include "agents/retrieval/config.h"
#include "storage/sqlite.h"

namespace headgate::agents::knowledge {

struct IndexVersion {
  std::int64_t number = 0;
  std::string digest;  // of what is in it
  std::int64_t built_unix_us = 0;
  std::int64_t files = 0;
  std::int64_t documents = 0;
  std::int64_t chunks = 0;
  std::int64_t skipped = 0;  // files that could not be read and were left out on request
  std::string model;         // of its vectors; empty: it has none
  std::int64_t dimensions = 0;

  /// "7-3f2a9c41d0e1": what traces and answers carry.
  std::string text() const;
};

/// Of the base `name`, below the storage folder.
std::string index_folder(const std::string& storage_folder, std::string_view name);
std::string index_file(const std::string& folder);

/// Created if need be, with today's tables.
base::Result<storage::Database> open_index_for_writing(const std::string& folder);
/// Errors: not_found when it was never built.
base::Result<storage::Database> open_index_for_reading(const std::string& folder);

base::Result<bool> has_stemming(storage::Database& database, Stemming stemming);
/// Makes the table of words anew for that stemming, unless it is so already.
base::Result<void> set_stemming(storage::Database& database, Stemming stemming);

/// The newest, or the one with that number; nothing: there is none.
base::Result<std::optional<IndexVersion>> find_version(
    storage::Database& database, std::optional<std::int64_t> number = std::nullopt);
/// "3, 4, 5": numbers of the versions that can be searched.
base::Result<std::string> kept_versions(storage::Database& database);

}  // namespace headgate::agents::knowledge
