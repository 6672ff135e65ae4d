// The policy in force and those that were so a moment ago. Two threads judge the same record, the
// exporters' and the caretaker's, and each hears of a new policy when it looks: in between one
// defers little and the other hands out much, so that a record leaves perhaps twice, never not at
// all. Each has its own; not thread-safe.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "storage/sampling/policy.h"

namespace headgate::storage {

class RecentPolicies {
 public:
  /// How long a policy counts after it has gone: longer than either thread takes to look again.
  static constexpr base::seconds kOverlap{10};

  /// Null, here and below: nothing is sampled.
  explicit RecentPolicies(std::shared_ptr<const SamplingPolicy> current);

  /// `current` is in force from `now` on, unless it is so already.
  void follow(std::shared_ptr<const SamplingPolicy> current, base::MonoTime now);

  /// For exporters: whether somebody else is sure to hand the record out, if it stays.
  bool all_defer(std::string_view route, bool is_call, base::MonoTime now) const;
  /// For who hands it out: whether an exporter may have passed over it.
  bool any_defers(std::string_view route, bool is_call, base::MonoTime now) const;

  const SamplingPolicy& current() const { return *current_; }

 private:
  struct Gone {
    std::shared_ptr<const SamplingPolicy> policy;
    base::MonoTime since;
  };

  std::shared_ptr<const SamplingPolicy> current_;
  std::vector<Gone> gone_;  // oldest first
};

}  // namespace headgate::storage
