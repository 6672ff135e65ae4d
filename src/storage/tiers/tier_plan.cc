#include "storage/tiers/tier_plan.h"

#include <algorithm>

namespace headgate::storage {
namespace {

bool older(Day day, std::int64_t days, std::int64_t now_unix_us) {
  return days > 0 && (day + 1) * kDayUs <= now_unix_us - days * kDayUs;
}

}  // namespace

std::vector<TierStep> plan_tiers(const TierPolicy& policy, std::vector<DaySize> days,
                                 std::int64_t other_bytes, Day writing, std::int64_t now_unix_us) {
  using What = TierStep::What;
  std::sort(days.begin(), days.end(), [](const auto& a, const auto& b) { return a.day < b.day; });
  std::vector<TierStep> steps;
  std::int64_t bytes = other_bytes;
  for (DaySize& day : days) {
    if (day.day != writing && older(day.day, policy.retention_days, now_unix_us)) {
      steps.push_back({What::drop_day, day.day, false});
      day = {day.day, 0, 0};
    } else if (day.day != writing && day.content_bytes > 0 &&
               older(day.day, policy.content_days, now_unix_us)) {
      steps.push_back({What::drop_content, day.day, false});
      day.content_bytes = 0;
    }
    bytes += day.span_bytes + day.content_bytes;
  }
  for (std::int64_t DaySize::*const part : {&DaySize::content_bytes, &DaySize::span_bytes}) {
    const What what = part == &DaySize::content_bytes ? What::drop_content : What::drop_day;
    for (DaySize& day : days) {
      if (policy.bytes_max <= 0 || bytes <= policy.bytes_max) return steps;
      if (day.day == writing || day.*part == 0) continue;
      steps.push_back({what, day.day, true});
      bytes -= day.*part;
    }
  }
  const auto current = std::find_if(days.begin(), days.end(),
                                    [&](const DaySize& day) { return day.day == writing; });
  if (policy.bytes_max > 0 && bytes > policy.bytes_max && current != days.end()) {
    steps.push_back({What::trim_content, writing, true, bytes - policy.bytes_max});
  }
  return steps;
}

}  // namespace headgate::storage
