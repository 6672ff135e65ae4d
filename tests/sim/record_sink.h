// Where the gateway's trace records go in a run: into the History. Single-threaded.
// The plants that lose, double or thin out records sit here.
// Owned by the world.
#pragma once

#include "history.h"
#include "plants.h"
#include "telemetry/sink.h"

namespace headgate::sim {

class RecordSink final : public telemetry::SpanSink {
 public:
  RecordSink(History& history, Plant plant) : history_(history), plant_(plant) {}
  bool record(const telemetry::ExchangeRecord& record) override;

 private:
  History& history_;
  Plant plant_;
};

}  // namespace headgate::sim
