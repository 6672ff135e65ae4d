#include "storage/sampling/policy.h"

#include <algorithm>
#include <utility>

namespace headgate::storage {

void SamplingPolicy::add(std::string route, const RouteSampling& sampling) {
  if (sampling.samples()) quiet_us_max_ = std::max(quiet_us_max_, sampling.quiet_us);
  samples_ = samples_ || sampling.samples();
  routes_.insert_or_assign(std::move(route), sampling);
}

const RouteSampling& SamplingPolicy::of(std::string_view route) const {
  static const RouteSampling kEverything;
  const auto found = routes_.find(route);
  return found == routes_.end() ? kEverything : found->second;
}

bool SamplingPolicy::defers(std::string_view route, bool is_call) const {
  if (!samples_) return false;
  return !is_call || of(route).samples();
}

}  // namespace headgate::storage
