// Writes exchanges, without what is content, into the tables `spans`, a row a span, `failed_calls`
// and `tool_spans`, which name some of them, and `blocks`, a row for each 4096 ids.
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

class SpanTable {
 public:
  static base::Result<SpanTable> open(Database& database);

  base::Result<void> insert(const telemetry::ExchangeRecord& record, const LogPlace& place);

  /// After a transaction was rolled back: the ids it used are free again.
  base::Result<void> rolled_back();

  /// Writes what is known of the last block; further rows would begin another.
  base::Result<void> finish_block();

 private:
  // A statement that inserts rows, and which of its parameters are bound to something.
  struct Insert {
    Statement statement;
    std::uint64_t bound = 0;
  };
  struct Names {
    Statement failed;
    Statement tool;
    Statement block;
  };
  SpanTable(Database& database, Statement head, Statement child, Names names);
  base::Result<void> insert_names(const telemetry::ExchangeRecord& record);
  base::Result<void> insert_rows(const telemetry::ExchangeRecord& record, const LogPlace& place);

  Database& database_;
  Insert head_;
  Insert child_;
  Names names_;
  std::unique_ptr<query::BlockBuilder> builder_ = std::make_unique<query::BlockBuilder>();
  std::int64_t next_id_ = 1;
  std::string attributes_;  // JSON of the row being written
};

}  // namespace headgate::storage
