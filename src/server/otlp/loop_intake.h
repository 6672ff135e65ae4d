// What one loop needs to take spans from outside: its sink and redactor, and what all loops share.
// Made by app.cc before the loop runs, used by its thread only.
#pragma once

#include "base/async/snapshot.h"
#include "server/otlp/intake.h"
#include "telemetry/otlp_config.h"

namespace headgate::server {

/// The configuration as the endpoint reads it; swapped on reload.
struct ReceiveRules {
  telemetry::OtlpReceiveConfig config;
  std::size_t record_bytes_max = std::size_t{1} << 20;
};

/// What all loops share; outlives them.
struct SharedIntake {
  Seen& seen;
  IntakeCounters& counters;
  const base::SnapshotCell<ReceiveRules>& rules;
};

struct LoopIntake {
  telemetry::SpanSink& sink;
  Seen& seen;
  IntakeCounters& counters;
  base::SnapshotReader<ReceiveRules> rules;
  telemetry::SecretKeys secret_keys;

  LoopIntake(telemetry::SpanSink& of_loop, const SharedIntake& shared, base::Redactor& redactor)
      : sink(of_loop),
        seen(shared.seen),
        counters(shared.counters),
        rules(shared.rules),
        secret_keys(redactor) {}
};

}  // namespace headgate::server
