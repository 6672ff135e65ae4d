// The lab's HTTP side: takes a request off the wire, asks the engine, the recording or the
// recorder, and performs the plan: waits, writes, faults. Lives on one loop; outlives its
// exchanges.
#pragma once

#include "base/async/task.h"
#include "http/server/exchange.h"
#include "lab/engine.h"
#include "lab/recorder.h"
#include "lab/recording.h"

namespace headgate::lab {

class Service {
 public:
  /// What answers /v1: `recorder` or `recording` where not null, else the script. The engine always
  /// answers /lab.
  struct Sources {
    Engine& engine;
    Recorder* recorder = nullptr;
    Recording* recording = nullptr;
    double speed = 1;
  };

  explicit Service(Sources sources) : sources_(sources) {}

  base::Async<void> serve(http::Exchange& exchange);

 private:
  Plan plan_for(const LabRequest& request, std::int64_t unix_s);

  Sources sources_;
};

}  // namespace headgate::lab
