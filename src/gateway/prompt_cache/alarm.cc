#include "gateway/prompt_cache/alarm.h"

#include <algorithm>

namespace headgate::gateway {

namespace {

constexpr base::Duration kForgottenAfter = std::chrono::hours(1);

void count(CacheOutcome& sum, const CacheOutcome& outcome, int sign) {
  sum.expected += sign * outcome.expected;
  sum.read += sign * outcome.read;
}

bool is_below(const CacheOutcome& sum, int percent) {
  return sum.read * 100 < sum.expected * percent;
}

CacheMiss costliest(const std::vector<CacheOutcome>& calls) {
  std::array<std::int64_t, kCacheMissCount> lost{};
  for (const CacheOutcome& call : calls) {
    if (call.miss == CacheMiss::none) continue;
    lost[static_cast<std::size_t>(call.miss)] += call.expected - call.read;
  }
  const auto* most = std::max_element(lost.begin(), lost.end());
  return *most == 0 ? CacheMiss::none : static_cast<CacheMiss>(most - lost.begin());
}

}  // namespace

std::string_view name(CacheMiss miss) {
  switch (miss) {
    case CacheMiss::none: return "none";
    case CacheMiss::prefix_changed: return "prefix_changed";
    case CacheMiss::expired: return "expired";
    case CacheMiss::not_marked: return "not_marked";
    case CacheMiss::not_cached: return "not_cached";
  }
  return "none";
}

void CacheAlarms::set_rules(const CacheAlarmRules& rules) {
  const bool resized = rules.calls != rules_.calls;
  rules_ = rules;
  for (auto& [names, window] : windows_) {
    if (resized) {
      window.calls.clear();
      window.next = 0;
      window.sum = {};
    }
    judge(window);
  }
}

// Lowered half way between the least share and all, so that it does not flutter.
void CacheAlarms::judge(Window& window) const {
  const int percent = rules_.read_percent_min;
  if (percent == 0) {
    window.raised = false;
  } else if (window.calls.size() < rules_.calls) {
    return;
  } else if (is_below(window.sum, percent)) {
    window.raised = true;
  } else if (!is_below(window.sum, (percent + 100) / 2)) {
    window.raised = false;
  }
}

void CacheAlarms::add(std::string_view model, std::string_view provider,
                      const CacheOutcome& outcome, base::MonoTime now) {
  const auto names = std::pair(std::string(model), std::string(provider));
  Window& window = windows_[names];
  if (window.calls.size() < rules_.calls) {
    window.calls.push_back(outcome);
  } else {
    count(window.sum, window.calls[window.next], -1);
    window.calls[window.next] = outcome;
    window.next = (window.next + 1) % rules_.calls;
  }
  count(window.sum, outcome, 1);
  window.last = now;
  judge(window);
}

CacheAlarmChange CacheAlarms::change_of(const Window& window) {
  CacheAlarmChange change;
  change.is_new = !window.told;
  change.raised = window.raised;
  change.reason = costliest(window.calls);
  change.expected = window.sum.expected;
  change.read = window.sum.read;
  return change;
}

std::vector<CacheAlarmChange> CacheAlarms::take_changes(base::MonoTime now) {
  std::vector<CacheAlarmChange> out;
  for (auto& [names, window] : windows_) {
    if (now - window.last > kForgottenAfter) {
      window.calls.clear();
      window.next = 0;
      window.sum = {};
      window.raised = false;
    }
    if (window.told && window.raised == window.told_raised) continue;
    CacheAlarmChange change = change_of(window);
    change.model = names.first;
    change.provider = names.second;
    out.push_back(std::move(change));
    window.told = true;
    window.told_raised = window.raised;
  }
  return out;
}

}  // namespace headgate::gateway
