#include "storage/sampling/policy.h"

#include <algorithm>
#include <utility>

namespace headgate::storage {

void SamplingPolicy::add(std::string route, const RouteSampling& sampling) {
  const auto [at, is_new] = routes_.emplace(std::move(route), sampling);
  if (!is_new || !sampling.samples()) return;
  quiet_us_max_ = std::max(quiet_us_max_, sampling.quiet_us);
  ++sampled_routes_;
}

const RouteSampling& SamplingPolicy::of(std::string_view route) const {
  static const RouteSampling kEverything;
  const auto found = routes_.find(route);
  return found == routes_.end() ? kEverything : found->second;
}

bool SamplingPolicy::defers(std::string_view route, bool is_call) const {
  if (!samples()) return false;
  return !is_call || of(route).samples();
}

std::shared_ptr<const SamplingPolicy> or_none(std::shared_ptr<const SamplingPolicy> policy) {
  return policy ? std::move(policy) : std::make_shared<const SamplingPolicy>();
}

}  // namespace headgate::storage
