// What becomes of old days: whole at first, then spans without content, then totals alone, then
// nothing; sooner, oldest first, when the folder is larger than it may be. Pure: takes the days and
// the time, returns what to do.
#pragma once

#include <cstdint>
#include <vector>

#include "storage/partitions/day.h"

namespace headgate::storage {

struct TierPolicy {
  std::int64_t content_days = 0;     // 0: as long as the spans
  std::int64_t retention_days = 30;  // of spans; 0: for ever
  std::int64_t aggregates_days = 400;
  std::int64_t bytes_max = 0;  // 0: no limit
};

struct DaySize {
  Day day = 0;
  std::int64_t span_bytes = 0;
  std::int64_t content_bytes = 0;  // record log and text index; 0: it has none any more
};

struct TierStep {
  enum class What : std::uint8_t { drop_content, drop_day, trim_content };
  What what = What::drop_content;
  Day day = 0;
  bool for_room = false;   // not because of its age
  std::int64_t bytes = 0;  // of trim_content: how much of its oldest content has to go
  friend bool operator==(const TierStep&, const TierStep&) = default;
};

/// `days` in any order, `other_bytes` those of the folder that belong to no day. The day that is
/// being written loses its oldest content at most, last of all. In the order in which to do it.
std::vector<TierStep> plan_tiers(const TierPolicy& policy, std::vector<DaySize> days,
                                 std::int64_t other_bytes, Day writing, std::int64_t now_unix_us);

}  // namespace headgate::storage
