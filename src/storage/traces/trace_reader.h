// Reads traces, while a server writes them and after it has gone. A connection of its own, read-
// only; one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "storage/sqlite.h"
#include "storage/traces/stored_exchange.h"

namespace headgate::storage {

struct TraceFilter {
  std::int64_t limit = 20;
  std::int64_t since_unix_us = 0;  // calls that began then or later
  std::string status;              // "ok", "error", or the name of an error such as "rate_limited"
  std::string model;               // as requested or as served
  std::string user;
  std::string session;
  std::string route;
};

struct Trace {
  base::TraceId id;
  std::vector<StoredExchange> exchanges;  // oldest first; never empty
  std::size_t without_content = 0;        // exchanges whose record the log has lost or given up
};

struct TraceTotals {
  std::int64_t dropped = 0;  // exchanges that found their journal full
  std::int64_t damaged = 0;  // runs of journal bytes that were no record
};

class TraceReader {
 public:
  static base::Result<TraceReader> open(const std::string& folder);

  /// Heads of the newest calls, newest first, without content.
  base::Result<std::vector<StoredExchange>> list(const TraceFilter& filter);

  /// The trace whose id begins with `prefix` (hex). Errc::not_found, or Errc::invalid_request when
  /// several begin so.
  base::Result<Trace> get(std::string_view prefix);

  base::Result<TraceTotals> totals();

 private:
  TraceReader(std::string folder, Database database);
  base::Result<std::vector<StoredExchange>> find(const base::TraceId& low,
                                                 const base::TraceId& high);
  base::Result<void> load_rows(StoredExchange& exchange);

  std::string folder_;
  Database database_;
};

}  // namespace headgate::storage
