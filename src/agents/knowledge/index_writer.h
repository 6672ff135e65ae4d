// Writes an index: vectors as they come, then a whole new version in one transaction. One process
// at a time writes a base (a lock on its folder). Not thread-safe. Whatever ends the process in the
// middle leaves the version before, and the vectors that were paid for.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agents/documents/document.h"
#include "agents/knowledge/index.h"
#include "storage/folder_lock.h"

namespace headgate::agents::knowledge {

struct NewChunk {
  std::string heading;
  std::string text;
  std::string digest;  // of all that a search finds it by
};

struct NewDocument {
  Document about;  // its sections are not looked at
  std::vector<NewChunk> chunks;
};

struct ChangedFile {
  std::string path;
  std::string digest;
  std::vector<NewDocument> documents;
};

/// What makes a version of the one before it.
struct Changes {
  std::vector<ChangedFile> files;  // new ones and others
  std::vector<std::string> gone;
  std::string settings;  // what the files were read by, as a digest
  Stemming stemming = Stemming::english;
  std::string model;  // of the vectors; empty: none
  std::int64_t dimensions = 0;
  std::int64_t skipped = 0;
  std::int64_t versions_kept = 1;
  std::int64_t chunks_max = 0;
};

struct KnownFile {
  std::string digest;
  std::string settings;
};

class IndexWriter {
 public:
  /// `base`: its name. Errors: conflict, while another process writes.
  static base::Result<IndexWriter> open(const std::string& folder, std::string base);

  base::Result<std::optional<IndexVersion>> newest() { return find_version(database_); }
  base::Result<bool> has_stemming(Stemming stemming) {
    return knowledge::has_stemming(database_, stemming);
  }
  /// Of the newest version, by path.
  base::Result<std::map<std::string, KnownFile>> files();

  base::Result<bool> has_vector(const std::string& digest, const std::string& model);
  /// Committed when it returns. REQUIRES: as many vectors as digests.
  base::Result<void> put_vectors(std::span<const std::string> digests, const std::string& model,
                                 std::span<const std::vector<float>> vectors);
  /// Of the vectors of that model; 0: there are none.
  base::Result<std::int64_t> dimensions_of(const std::string& model);

  /// Errors: invalid_request, when the base would have too many chunks.
  base::Result<IndexVersion> publish(const Changes& changes, std::int64_t unix_us);

 private:
  IndexWriter(storage::FolderLock lock, storage::Database database, std::string base)
      : lock_(std::move(lock)), database_(std::move(database)), base_(std::move(base)) {}

  base::Result<void> retire(const std::string& file, std::int64_t version);
  base::Result<void> insert(const ChangedFile& file, const Changes& changes, std::int64_t version);
  base::Result<void> insert(const std::string& file, const NewDocument& document,
                            const Changes& changes, std::int64_t version);
  base::Result<void> insert(const NewDocument& document, std::int64_t id, const Changes& changes);
  base::Result<void> forget_before(std::int64_t version);
  base::Result<std::string> digest_of(const Changes& changes);
  base::Result<void> run(std::string_view sql, std::int64_t number);

  storage::FolderLock lock_;
  storage::Database database_;
  std::string base_;
};

}  // namespace headgate::agents::knowledge
