// Reads one partition: a connection of its own, read-only, and one snapshot for as long as this
// lives. A question looks into blocks that may have an answer, newest first, and stops when older
// ones cannot matter. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "storage/partitions/day.h"
#include "storage/query/block.h"
#include "storage/query/expression.h"
#include "storage/query/sql.h"
#include "storage/sqlite.h"
#include "storage/text/text_search.h"
#include "storage/traces/newest_calls.h"
#include "storage/traces/stored_exchange.h"

namespace headgate::storage {

class PartitionReader {
 public:
  /// Errc::not_found when there is nothing in it yet.
  static base::Result<PartitionReader> open(const std::string& folder, Day day);

  Day day() const { return day_; }
  Database& database() { return *database_; }

  /// Adds the calls that fit to `newest`.
  base::Result<void> search(const query::Expression& expression, text::ScanLimit& limit,
                            NewestCalls& newest);

  /// Ids of calls with a higher id than `after` that fit, at most `count`, lowest first.
  base::Result<std::vector<std::int64_t>> following(std::int64_t after,
                                                    const query::Expression& expression,
                                                    text::ScanLimit& limit, std::int64_t count);
  base::Result<std::int64_t> last_id();
  /// No call before this row began at or after `unix_us`, but for some whose spans came late.
  base::Result<std::int64_t> first_id_since(std::int64_t unix_us);

  /// Head of the call whose first row is `id`, without content.
  base::Result<StoredExchange> head(std::int64_t id);
  /// Heads of the calls of the traces from `low` to `high`, oldest first, at most `count`.
  base::Result<std::vector<StoredExchange>> find(const base::TraceId& low,
                                                 const base::TraceId& high, std::int64_t count);
  /// Adds the call's other spans, without content.
  base::Result<void> load_rows(StoredExchange& exchange);

 private:
  struct Block {
    std::int64_t id = 0;
    bool known = false;  // bounds say something
    query::BlockBounds bounds;
  };
  PartitionReader(std::string folder, Day day, std::unique_ptr<Database> database);
  base::Result<std::vector<Block>> blocks();
  base::Result<void> add_listed(std::int64_t block, const base::TraceId& low,
                                const base::TraceId& high, Statement& keys,
                                std::vector<std::int64_t>& ids);
  base::Result<void> add_unlisted(std::int64_t block, const base::TraceId& low,
                                  const base::TraceId& high, std::vector<std::int64_t>& ids);
  base::Result<bool> filtered_out(const Block& block, const query::Expression& expression,
                                  Statement& filter);
  base::Result<void> look_into(const Block& block, const text::TextSearch& texts,
                               const std::vector<query::TextTerm>& needed, Statement& rows,
                               NewestCalls& newest);
  base::Result<void> look_between(std::int64_t first, std::int64_t last, Statement& rows,
                                  NewestCalls& newest);

  std::string folder_;
  Day day_;
  std::unique_ptr<Database> database_;
};

}  // namespace headgate::storage
