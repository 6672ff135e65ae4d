// Reads traces, while a server writes them and after it has gone: walks through the partitions,
// newest first, and stops where older ones cannot matter. Opens and closes each as it goes, so a
// reader may stay as long as it likes. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "storage/query/expression.h"
#include "storage/traces/newest_calls.h"
#include "storage/traces/stored_exchange.h"

namespace headgate::storage {

struct TraceQuery {
  query::Expression where;  // of nothing: every call
  std::int64_t limit = 20;
};

struct TraceList {
  std::vector<StoredExchange> calls;  // newest first, heads without content
  std::int64_t unsearched = 0;  // calls whose content was not looked into: too much was not indexed
  std::int64_t lost = 0;        // calls that may fit, but whose content is gone
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

  base::Result<TraceList> list(const TraceQuery& asked);

  /// The trace whose id begins with `prefix` (hex). Errc::not_found, or Errc::invalid_request when
  /// several begin so.
  base::Result<Trace> get(std::string_view prefix);

  base::Result<TraceTotals> totals();

 private:
  explicit TraceReader(std::string folder) : folder_(std::move(folder)) {}
  base::Result<std::vector<StoredExchange>> heads(const std::vector<FoundCall>& found);
  base::Result<void> add_calls(Day day, std::string_view prefix, Trace& trace);

  std::string folder_;
};

}  // namespace headgate::storage
