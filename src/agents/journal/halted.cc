#include "agents/journal/halted.h"

#include <algorithm>

namespace headgate::agents {
namespace {

constexpr base::Duration kFirst = base::seconds(1);
constexpr base::Duration kLongest = base::seconds(60);
constexpr int kDoublings = 6;

}  // namespace

bool HaltedRuns::add(const std::string& id, base::MonoTime now, bool worked) {
  const std::lock_guard lock(mutex_);
  Entry& entry = runs_[id];
  if (worked && ++entry.worked > kWorkedMax) {
    runs_.erase(id);
    return false;
  }
  entry.next = now + std::min(kFirst * (1 << std::min(entry.tries, kDoublings)), kLongest);
  entry.is_tried = false;
  ++entry.tries;
  return true;
}

void HaltedRuns::forget(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto found = runs_.find(id);
  if (found != runs_.end()) runs_.erase(found);
}

std::vector<std::string> HaltedRuns::due(base::MonoTime now) {
  std::vector<std::string> out;
  const std::lock_guard lock(mutex_);
  for (auto& [id, entry] : runs_) {
    if (entry.is_tried || entry.next > now) continue;
    entry.is_tried = true;
    out.push_back(id);
  }
  return out;
}

std::size_t HaltedRuns::waiting() const {
  const std::lock_guard lock(mutex_);
  const auto waiting = std::count_if(runs_.begin(), runs_.end(),
                                     [](const auto& run) { return !run.second.is_tried; });
  return static_cast<std::size_t>(waiting);
}

}  // namespace headgate::agents
