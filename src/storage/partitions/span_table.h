// Writes exchanges into the tables `spans`, a row a span, and `blocks`, a row for each 4096 ids.
// Used by whoever holds the storage folder's lock, from one thread, inside a transaction the caller
// opened: ids are counted here. After an interruption ids go on with a new block, since of the one
// before it is no longer known what it holds; without its row in `blocks` it is always looked into.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "storage/partitions/record_log.h"
#include "storage/query/block.h"
#include "storage/sqlite.h"
#include "telemetry/span.h"

namespace headgate::storage {

/// The key of the index by trace: see schema.cc. Bits 0–39 are the first of the trace id.
inline constexpr int kBucketBits = query::kBlockBits;  // rows whose ids agree above share a bucket
inline constexpr int kTraceKeyBits = 40;
std::int64_t trace_key(std::int64_t id, const base::TraceId& trace);

class SpanTable {
 public:
  static base::Result<SpanTable> open(Database& database);

  base::Result<void> insert(const telemetry::ExchangeRecord& record, const LogPlace& place);

  /// After a transaction was rolled back: the ids it used are free again.
  base::Result<void> rolled_back();

  /// Writes what is known of the last block; further rows would begin another.
  base::Result<void> finish_block();

 private:
  SpanTable(Database& database, Statement head, Statement child, Statement block);
  base::Result<void> insert_rows(const telemetry::ExchangeRecord& record, const LogPlace& place);

  Database& database_;
  Statement head_;
  Statement child_;
  Statement block_;
  std::unique_ptr<query::BlockBuilder> builder_ = std::make_unique<query::BlockBuilder>();
  std::int64_t next_id_ = 1;
  std::string attributes_;  // JSON of the row being written
};

}  // namespace headgate::storage
