#include "storage/sampling/decision.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>

#include "storage/journal/checksum.h"

namespace headgate::storage {
namespace {

constexpr int kRandomBits = 56;
// Another than that of the store's other hashes; a change of it changes every decision to come.
constexpr std::uint64_t kSeed = 0x73616d706c696e67;

constexpr std::array<std::string_view, kKeptForCount> kNames{
    "chance", "route", "slow", "expensive", "flagged", "low_score", "error"};

// Of the reasons that the hash has no say in, the one that tells most.
void raise(std::optional<KeptFor>& to, KeptFor reason) { to = to ? std::max(*to, reason) : reason; }

std::string hex56(std::uint64_t value) {
  char digits[20];
  std::snprintf(digits, sizeof digits, "%014llx", static_cast<unsigned long long>(value));
  return digits;
}

}  // namespace

std::string_view name(KeptFor reason) { return kNames[static_cast<std::size_t>(reason)]; }

void TraceFacts::add(KeptFor reason) { raise(reason_, reason); }

void TraceFacts::add(const RecordFacts& record, const SamplingPolicy& policy) {
  if (record.error) raise(reason_, KeptFor::error);
  if (record.flagged) raise(reason_, KeptFor::flagged);
  if (__builtin_add_overflow(cost_, record.cost, &cost_)) cost_ = INT64_MAX;
  if (!record.is_call) {
    quiet_us_ = std::max(quiet_us_, policy.quiet_us_max());
  } else {
    const RouteSampling& route = policy.of(record.route);
    has_route_ = true;
    is_sampled_ = is_sampled_ || route.samples();
    keep_ppm_ = std::max(keep_ppm_, route.keep_ppm);
    quiet_us_ = std::max(quiet_us_, route.quiet_us);
    if (route.slow_us && record.duration_us >= *route.slow_us) raise(reason_, KeptFor::slow);
    if (route.cost) cost_limit_ = std::min(cost_limit_.value_or(INT64_MAX), *route.cost);
  }
  if (cost_limit_ && cost_ >= *cost_limit_) raise(reason_, KeptFor::expensive);
}

bool TraceFacts::stays() const { return reason_ || keep_ppm_ >= kAllPpm; }

TraceFate TraceFacts::decide(const base::TraceId& trace) const {
  if (reason_) return {true, kAllPpm, *reason_};
  if (!has_route_ || keep_ppm_ >= kAllPpm) return {true, kAllPpm, KeptFor::route};
  return {randomness_of(trace) >= threshold_of(keep_ppm_), keep_ppm_, KeptFor::chance};
}

TraceFate TraceFacts::decide_late(const base::TraceId& trace, const TraceFate& fate) const {
  if (!reason_ && (fate.kept || !has_route_)) return fate;
  const TraceFate own = decide(trace);
  return own.kept ? own : fate;
}

std::uint64_t randomness_of(const base::TraceId& trace) {
  return xxh64(std::as_bytes(std::span(trace.bytes)), kSeed) >> (64 - kRandomBits);
}

std::uint64_t threshold_of(std::uint32_t ppm) {
  constexpr std::uint64_t kAll = std::uint64_t{1} << kRandomBits;
  const std::uint64_t out = kAllPpm - std::min(ppm, kAllPpm);
  return kAll / kAllPpm * out + kAll % kAllPpm * out / kAllPpm;
}

std::string trace_state_of(const base::TraceId& trace, std::uint32_t ppm) {
  std::string threshold = hex56(threshold_of(ppm));
  threshold.erase(std::max<std::size_t>(threshold.find_last_not_of('0') + 1, 1));
  return "ot=th:" + threshold + ";rv:" + hex56(randomness_of(trace));
}

}  // namespace headgate::storage
