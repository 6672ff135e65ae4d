// Writes exchanges into the table `spans`, a row a span, and deletes old ones. Used by whoever
// holds the storage folder's lock, from one thread, inside a transaction the caller opened: ids are
// counted here.
#pragma once

#include <cstdint>
#include <string>

#include "storage/sqlite.h"
#include "storage/traces/record_log.h"
#include "telemetry/span.h"

namespace headgate::storage {

/// The key of the index by trace: see migrations.cc. Bits 0–39 are the first of the trace id.
inline constexpr int kBucketBits = 12;  // rows whose ids agree above these share a bucket
inline constexpr int kTraceKeyBits = 40;
std::int64_t trace_key(std::int64_t id, const base::TraceId& trace);

class SpanTable {
 public:
  static base::Result<SpanTable> open(Database& database);

  base::Result<void> insert(const telemetry::ExchangeRecord& record, const LogPlace& place);

  /// Looks at the `rows` oldest rows and deletes those that began before `cutoff_us`.
  /// Returns how many it deleted.
  base::Result<std::int64_t> delete_before(std::int64_t cutoff_us, std::int64_t rows);

  /// After a transaction was rolled back: the ids it used are free again.
  base::Result<void> rolled_back();

 private:
  SpanTable(Database& database, Statement head, Statement child);

  Database& database_;
  Statement head_;
  Statement child_;
  std::int64_t next_id_ = 1;
  std::string attributes_;  // JSON of the row being written
};

}  // namespace headgate::storage
