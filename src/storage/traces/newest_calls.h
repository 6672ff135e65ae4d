// The calls that began last of those that were found, as many as were asked for; where two began at
// once, the one that was stored last. Grows with what is asked for, not with what is found. Plain
// value.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "storage/partitions/day.h"

namespace headgate::storage {

struct FoundCall {
  std::int64_t start_us = 0;
  Day day = 0;  // of its partition
  std::int64_t id = 0;
  friend auto operator<=>(const FoundCall&, const FoundCall&) = default;
};

class NewestCalls {
 public:
  explicit NewestCalls(std::size_t limit) : limit_(limit) {}

  /// Whether no call that began at or before `unix_us` can be among them any more.
  bool complete_at(std::int64_t unix_us) const {
    return limit_ == 0 || (kept_.size() == limit_ && kept_.top().start_us > unix_us);
  }
  void add(const FoundCall& call) {
    kept_.push(call);
    if (kept_.size() > limit_) kept_.pop();
  }
  /// Newest first.
  std::vector<FoundCall> take() && {
    std::vector<FoundCall> calls;
    for (; !kept_.empty(); kept_.pop()) calls.push_back(kept_.top());
    std::reverse(calls.begin(), calls.end());
    return calls;
  }

 private:
  std::size_t limit_;
  std::priority_queue<FoundCall, std::vector<FoundCall>, std::greater<>> kept_;
};

}  // namespace headgate::storage
