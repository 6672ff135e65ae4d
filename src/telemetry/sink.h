// Where finished exchanges go: the trace store has a sink for each event loop, used by that loop's
// thread only; tests of the gateway have one that keeps records to look at. Whoever made the sink
// owns it and outlives its users.
#pragma once

#include "telemetry/span.h"

namespace headgate::telemetry {

class SpanSink {
 public:
  virtual ~SpanSink() = default;
  /// False: nobody keeps records, so none need be made.
  virtual bool wants_records() const { return true; }
  /// Takes a copy of everything `record` points at before it returns; never blocks. False: there
  /// was no room, the record is dropped and the drop is counted.
  virtual bool record(const ExchangeRecord& record) = 0;
};

}  // namespace headgate::telemetry
