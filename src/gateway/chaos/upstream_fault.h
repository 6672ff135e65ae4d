// What the rules of chaos want to go wrong with an attempt, as its HTTP call shall see it. An
// attempt that gets a fault is marked: an attribute of its span, a metric. Without rules it costs
// one load of an atomic. Runs on the call's loop.
#pragma once

#include <optional>

#include "gateway/call.h"
#include "http/client/call_fault.h"
#include "resilience/chaos/rules.h"

namespace headgate::gateway {

/// A rule's fault for this attempt.
http::CallFault fault_of(const resilience::ChaosRule& rule, const Attempt& attempt);

/// Asks the rules, and marks the attempt.
std::optional<http::CallFault> picked_fault(Attempt& attempt, CallTools& tools);

/// Nothing: it goes on as it is.
inline std::optional<http::CallFault> upstream_fault(Attempt& attempt, CallTools& tools) {
  if (tools.chaos == nullptr || !tools.chaos->armed()) return std::nullopt;
  return picked_fault(attempt, tools);
}

}  // namespace headgate::gateway
