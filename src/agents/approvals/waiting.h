// Every call that waits for approval now, for lists, timers and webhooks. The journal is the truth;
// this is what it adds up to, filled at start-up and kept by the runs. One for the process, safe
// from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agents/approvals/approvers.h"

namespace headgate::agents {

struct WaitingCall {
  std::string run_id;
  std::string agent;
  CallState call;
  RunOrigin origin;
  std::string owner;
  ApprovalPolicyConfig policy;
};

class Waiting {
 public:
  /// All that wait in a run; those that were not told of before, or have been escalated since.
  std::vector<WaitingCall> set(const std::string& run_id, std::vector<WaitingCall> calls);
  std::optional<WaitingCall> find(const std::string& run_id, const std::string& call_id) const;
  /// Those that `wanted` takes, those that have waited longest first.
  std::vector<WaitingCall> list(const std::function<bool(const WaitingCall&)>& wanted,
                                std::size_t calls_max) const;
  /// Runs with a call whose time is over. Each is told once, and again later when it still waits.
  std::vector<std::string> due(std::int64_t now_us);
  std::size_t size() const;

 private:
  struct OfRun {
    std::vector<WaitingCall> calls;
    std::int64_t told_us = 0;  // that it is due
  };
  mutable std::mutex mutex_;
  std::map<std::string, OfRun, std::less<>> runs_;
};

/// Those of a run.
std::vector<WaitingCall> waiting_calls(const RunState& state, const Pinned& pinned,
                                       const std::string& owner);

}  // namespace headgate::agents
