// What is to be kept of the traces of each route, as the configuration says. Immutable: made at
// start-up and on reload, shared by the caretaker's thread, which samples, and the exporters'. A
// record is judged by the policy of the time at which it is looked at; what was decided stays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/money.h"

namespace headgate::storage {

/// Shares are in millionths.
inline constexpr std::uint32_t kAllPpm = 1'000'000;

/// For how many calls one counts that was kept with this probability; 0, where nothing is noted:
/// for itself.
inline double sampling_weight(std::int64_t ppm) {
  return ppm > 0 ? static_cast<double>(kAllPpm) / static_cast<double>(ppm) : 1;
}

struct RouteSampling {
  std::uint32_t keep_ppm = kAllPpm;
  std::optional<std::int64_t> slow_us;
  std::optional<base::Picodollars> cost;
  std::int64_t quiet_us = 0;

  bool samples() const { return keep_ppm < kAllPpm; }
};

class SamplingPolicy {
 public:
  void add(std::string route, const RouteSampling& sampling);

  /// Whether there is a route whose traces do not all stay.
  bool samples() const { return sampled_routes_ > 0; }
  std::size_t sampled_routes() const { return sampled_routes_; }
  /// Of a route that it does not know: everything stays.
  const RouteSampling& of(std::string_view route) const;

  /// The longest wait of a route that is sampled.
  std::int64_t quiet_us_max() const { return quiet_us_max_; }

  /// Whether the fate of a record is not known when it comes: its route is sampled, or it is not a
  /// call of a route and goes with those of its trace.
  bool defers(std::string_view route, bool is_call) const;

 private:
  std::map<std::string, RouteSampling, std::less<>> routes_;
  std::size_t sampled_routes_ = 0;
  std::int64_t quiet_us_max_ = 0;
};

/// Null: nothing is sampled.
std::shared_ptr<const SamplingPolicy> or_none(std::shared_ptr<const SamplingPolicy> policy);

}  // namespace headgate::storage
