#include "storage/sampling/recent_policies.h"

#include <algorithm>
#include <utility>

namespace headgate::storage {

RecentPolicies::RecentPolicies(std::shared_ptr<const SamplingPolicy> current)
    : current_(or_none(std::move(current))) {}

void RecentPolicies::follow(std::shared_ptr<const SamplingPolicy> current, base::MonoTime now) {
  if (current == current_) return;
  std::erase_if(gone_, [&](const Gone& each) { return now >= each.since + kOverlap; });
  gone_.push_back({std::exchange(current_, or_none(std::move(current))), now});
}

bool RecentPolicies::all_defer(std::string_view route, bool is_call, base::MonoTime now) const {
  return current_->defers(route, is_call) &&
         std::all_of(gone_.begin(), gone_.end(), [&](const Gone& each) {
           return now >= each.since + kOverlap || each.policy->defers(route, is_call);
         });
}

bool RecentPolicies::any_defers(std::string_view route, bool is_call, base::MonoTime now) const {
  return current_->defers(route, is_call) ||
         std::any_of(gone_.begin(), gone_.end(), [&](const Gone& each) {
           return now < each.since + kOverlap && each.policy->defers(route, is_call);
         });
}

}  // namespace headgate::storage
