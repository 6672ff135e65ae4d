// What a call's route could choose among, what it chose and why, and why not the others: the
// decision in the call's trace. Made when the call is over, from what it knows of itself; a route
// with one model that was well had nothing to decide.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/clock.h"
#include "gateway/call.h"

namespace headgate::gateway {

class RouteDecision {
 public:
  explicit RouteDecision(const Call& call);

  /// `span` has views into this.
  void fill(const Call& call, telemetry::Span& span);

 private:
  void list_candidates(const Call& call);
  void choose(const Call& call);
  void reject(const Call& call);

  std::string candidates_;  // JSON array of models, in the order of the route
  std::string chosen_;      // a model, what stood in for one ("cached"), or "none"
  std::string reason_;
  std::string rejected_;  // JSON object: by model, why not
  base::SpanId id_;
  std::array<telemetry::Attribute, 4> attributes_;
};

/// Nothing: there was nothing to decide.
std::optional<RouteDecision> route_decision(const Call& call);

/// "lab/model-a (breaker open), lab/model-b (full)".
std::string skipped_text(const Call& call);

}  // namespace headgate::gateway
