// What is told of a call that was not allowed, on whichever path it came: the audit trail and a
// counter by tool and rule. The caller learns the rule's reason and nothing else. One for the
// process, safe from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "agents/run/call_policy.h"
#include "storage/audit/audit_trail.h"
#include "telemetry/metrics.h"

namespace headgate::agents {

struct Denial {
  storage::AuditActor actor;
  std::string subject;  // "run_…/c1_1", or how else the call came
  std::string tool;
  std::string agent;  // empty: none
};

class Denials {
 public:
  /// Outlives it.
  explicit Denials(telemetry::Metrics& metrics) : metrics_(metrics) {}

  /// Does not wait for the disk: what is denied stays so whether or not it can be written down, and
  /// the trail reports what cannot.
  void note(storage::AuditTrail& audit, const Denial& denial, const Verdict& verdict);

 private:
  void count(const std::string& tool, const std::string& rule);

  telemetry::Metrics& metrics_;
  std::mutex mutex_;  // of the map; scrapes read what is in it without
  std::map<std::pair<std::string, std::string>, std::atomic<std::uint64_t>> counts_;
};

}  // namespace headgate::agents
