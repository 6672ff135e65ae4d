// Whether a trace stays, from what is known of its records when it has ended. Pure: facts and the
// trace id in, decision out. The same trace gets the same answer wherever and whenever it is asked
// about, and what a smaller share keeps, a larger one keeps too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "storage/sampling/policy.h"

namespace headgate::storage {

/// Why a trace stayed, in the order in which reasons count. Stored as a number: append only.
enum class KeptFor : std::uint8_t {
  chance,  // nothing but its hash
  route,   // one of its routes keeps everything, or none of its records is a call of a route
  slow,
  expensive,
  flagged,    // unpriced, degraded, broken, mended, made to fail, stopped by a guardrail
  low_score,  // somebody said so: TraceSweeper::flag()
  error,
};
inline constexpr std::size_t kKeptForCount = static_cast<std::size_t>(KeptFor::error) + 1;
std::string_view name(KeptFor reason);

/// What counts of one record.
struct RecordFacts {
  std::string_view route;
  bool is_call = false;  // through the gateway; else its route says nothing
  bool error = false;
  bool flagged = false;
  std::int64_t duration_us = 0;
  base::Picodollars cost = 0;
};

struct TraceFate {
  bool kept = true;
  std::uint32_t ppm = kAllPpm;  // with which probability such a trace is kept
  KeptFor reason = KeptFor::route;
  friend bool operator==(const TraceFate&, const TraceFate&) = default;
};

/// What is known of a trace so far.
class TraceFacts {
 public:
  void add(const RecordFacts& record, const SamplingPolicy& policy);
  /// A reason beside those of its records.
  void add(KeptFor reason);

  /// Whether it is sure to stay, whatever comes: there is nothing to wait for.
  bool stays() const;
  /// How long nothing may have come for it to have ended.
  std::int64_t quiet_us() const { return quiet_us_; }
  /// Of a trace that has ended.
  TraceFate decide(const base::TraceId& trace) const;
  /// Of what comes after `fate` was decided of the trace. What has a reason of its own stays for
  /// it, and so does what its own routes keep.
  TraceFate decide_late(const base::TraceId& trace, const TraceFate& fate) const;
  /// Whether one of its routes does not keep everything.
  bool is_sampled() const { return is_sampled_; }

 private:
  std::uint32_t keep_ppm_ = 0;  // the highest of its routes
  bool has_route_ = false;
  bool is_sampled_ = false;
  std::optional<KeptFor> reason_;  // beside its hash
  base::Picodollars cost_ = 0;
  std::optional<base::Picodollars> cost_limit_;
  std::int64_t quiet_us_ = 0;
};

/// Of 56 bits, as OpenTelemetry's consistent sampling has them: a trace is kept when its randomness
/// is not below the threshold.
std::uint64_t randomness_of(const base::TraceId& trace);
std::uint64_t threshold_of(std::uint32_t ppm);

/// What OpenTelemetry's `tracestate` says of a trace that was kept so: "ot=th:…;rv:…".
std::string trace_state_of(const base::TraceId& trace, std::uint32_t ppm);

}  // namespace headgate::storage
