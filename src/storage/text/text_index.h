// The words of one day's content: text-<day>.db, an FTS5 table with a row for each chunk of 64 rows
// of spans, which says in which chunks a word is. Who asks looks into the content of those calls,
// so the index may say too much, and never too little. Built behind the writer: `end` says up to
// where. Can be deleted at any time and is built again. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/partitions/day.h"
#include "storage/partitions/record_reader.h"
#include "storage/sqlite.h"
#include "storage/text/word_set.h"
#include "storage/text/words.h"

namespace headgate::storage::text {

inline constexpr int kChunkBits = 6;  // of row ids

class TextIndexWriter {
 public:
  /// Of a partition that exists. REQUIRES: the caller holds the folder's lock.
  static base::Result<std::unique_ptr<TextIndexWriter>> open(const std::string& folder, Day day);

  Day day() const { return day_; }
  /// Chunks that are whole and not in the index; all, when `closed`: nothing is added to the day.
  /// None beyond row `settled_to`: what words calls had that may be deleted, nobody may find out.
  base::Result<std::int64_t> pending(bool closed, std::int64_t settled_to);
  /// Adds the next `chunks` in a transaction. REQUIRES: so many are pending.
  base::Result<void> add(std::int64_t chunks);

 private:
  TextIndexWriter(std::string folder, Day day, Database partition, Database index);
  base::Result<void> prepare();
  base::Result<void> add_chunk(std::int64_t chunk);
  base::Result<void> add_words(std::int64_t chunk);
  void read_content(const LogPlace& place);

  Day day_;
  Database partition_;
  Database index_;
  RecordReader reader_;
  std::optional<Statement> select_;
  std::optional<Statement> insert_;
  std::int64_t end_ = 0;  // the first chunk that is not in the index
  WordSet words_;
  std::string scratch_;
};

/// In which chunks a phrase may be.
class TextIndexReader {
 public:
  /// Without an index: one that says "perhaps" of every chunk.
  TextIndexReader(const std::string& folder, Day day);

  /// Chunks from here on are not in the index.
  std::int64_t end() const { return end_; }
  /// By chunk, up to end(); nothing when the index cannot be read.
  std::optional<std::vector<bool>> chunks_of(const Phrase& phrase);

 private:
  std::optional<Database> index_;
  std::int64_t end_ = 0;
};

}  // namespace headgate::storage::text
