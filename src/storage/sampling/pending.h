// Traces that have not ended, with the rows of their records, and which of them are due. Bounded by
// the caller, who takes what is due next when there are too many rows. Plain value, of the
// caretaker's thread.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "storage/partitions/day.h"
#include "storage/sampling/decided.h"
#include "storage/sampling/decision.h"

namespace headgate::storage {

/// The first row of a record.
struct RecordRow {
  Day day = 0;  // of its partition
  std::int64_t id = 0;
  bool exports = false;  // has not left for the exporters
  friend auto operator<=>(const RecordRow&, const RecordRow&) = default;
};

struct PendingTrace {
  base::TraceId trace;
  TraceFacts facts;
  std::vector<RecordRow> rows;
};

class PendingTraces {
 public:
  /// A record of `trace` came at `now`. The facts of the trace may be changed until the next call.
  TraceFacts& add(const base::TraceId& trace, const RecordRow& row, base::MonoTime now);
  /// Nothing when nothing is pending of it.
  TraceFacts* find(const base::TraceId& trace);
  std::optional<PendingTrace> take(const base::TraceId& trace);

  /// A trace for which nothing has come for as long as it asks for.
  std::optional<PendingTrace> take_due(base::MonoTime now);
  /// The one that would be due next.
  std::optional<PendingTrace> take_next() { return take_due(base::MonoTime::max()); }

  std::size_t traces() const { return traces_.size(); }
  std::size_t rows() const { return rows_; }

 private:
  struct Entry {
    TraceFacts facts;
    std::vector<RecordRow> rows;
    base::MonoTime last;
  };
  struct Due {
    base::MonoTime at;
    base::TraceId trace;
    friend auto operator<=>(const Due&, const Due&) = default;
  };
  using Traces = std::unordered_map<base::TraceId, Entry, TraceHash>;
  static base::MonoTime due_at(const Entry& entry);
  PendingTrace extract(Traces::iterator at);

  Traces traces_;
  // One of each trace, not later than it is due: it may have got records since. Some are of traces
  // that were taken.
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::size_t rows_ = 0;
};

}  // namespace headgate::storage
