// Moves records from journals into the record log and the database: a batch is one transaction that
// also stores how far each journal was read, so every record gets there exactly once whatever
// happens. No thread of its own: the trace store's writer calls it, and so does recovery before a
// server starts or in the CLI.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "storage/journal/journal.h"
#include "storage/sqlite.h"
#include "storage/traces/record_log.h"
#include "storage/traces/span_table.h"
#include "telemetry/span_codec.h"

namespace headgate::storage {

class JournalDrain {
 public:
  struct Batch {
    std::size_t stored = 0;   // exchanges
    std::size_t damaged = 0;  // runs of bytes that were no record, and records that did not decode
    bool more = false;        // the batch was full before the journals were empty
  };

  /// `journals` and `database` outlive the drain; `folder` is where the record log stands.
  static base::Result<JournalDrain> open(const std::string& folder, Database& database,
                                         std::span<Journal* const> journals);

  /// Stores at most about `bytes_max` of records. On failure nothing has changed: call again later.
  base::Result<Batch> store_batch(std::size_t bytes_max);

  /// Deletes old rows and segments in a transaction of its own; see SpanTable::delete_before().
  base::Result<std::int64_t> delete_before(std::int64_t cutoff_us, std::int64_t rows);

 private:
  struct Source {
    Journal* journal = nullptr;
    std::uint64_t position = 0;  // as stored in the database
    std::uint64_t stored = 0;    // likewise, what this journal ever brought
    std::uint64_t damaged = 0;
    std::uint64_t dropped = 0;
  };

  JournalDrain(Database& database, SpanTable table, RecordLog log, Statement save);
  base::Result<void> add(Journal& journal);
  base::Result<void> read(Source& source, std::size_t bytes_left, Batch& batch);
  base::Result<void> save(const Source& source);
  base::Result<void> read_all(std::vector<Source>& sources, std::size_t bytes_max, Batch& batch);
  void rolled_back();

  Database& database_;
  SpanTable table_;
  RecordLog log_;
  Statement save_;
  telemetry::ExchangeDecoder decoder_;
  std::vector<Source> sources_;
};

}  // namespace headgate::storage
