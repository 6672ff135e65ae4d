#include "resilience/chaos/rules.h"

#include <algorithm>
#include <utility>

namespace headgate::resilience {

using base::Errc;
using base::fail;
using base::MonoTime;
using base::Result;

ChaosEntryPtr ChaosRules::pick(const ChaosCall& call, MonoTime now, base::Random& random) {
  const std::lock_guard lock(mutex_);
  for (const auto& entry : entries_) {
    const ChaosRule& rule = entry->rule;
    if (entry->over(now) || !matches(rule.match, call)) continue;
    if (!in_share(rule, call.request_id, random)) continue;
    ++entry->hits;
    return entry;
  }
  return nullptr;
}

std::size_t ChaosRules::allow(bool allowed) {
  const std::lock_guard lock(mutex_);
  allowed_ = allowed;
  if (allowed) return 0;
  const std::size_t ended = entries_.size();
  entries_.clear();
  arm();
  return ended;
}

bool ChaosRules::allowed() const {
  const std::lock_guard lock(mutex_);
  return allowed_;
}

// REQUIRES: the lock.
Result<void> ChaosRules::check(const ChaosRule& rule, MonoTime now) const {
  if (!allowed_) {
    return fail(Errc::permission_denied,
                "Chaos is switched off. Set chaos.enabled: true and reload (SIGHUP).");
  }
  std::size_t holding = 0;
  for (const auto& entry : entries_) {
    if (entry->over(now)) continue;
    ++holding;
    if (entry->rule.id != rule.id) continue;
    return fail(Errc::conflict, "There is a rule \"" + rule.id + "\" already; delete it first.",
                "id");
  }
  if (holding < kRulesMax) return {};
  return fail(Errc::invalid_request,
              "There are " + std::to_string(kRulesMax) + " rules, and may not be more.");
}

Result<void> ChaosRules::may_add(const ChaosRule& rule, MonoTime now) const {
  const std::lock_guard lock(mutex_);
  return check(rule, now);
}

Result<void> ChaosRules::add(ChaosRule rule, MonoTime now) {
  const std::lock_guard lock(mutex_);
  if (auto ok = check(rule, now); !ok) return ok;
  entries_.push_back(std::make_shared<ChaosEntry>(std::move(rule), now));
  arm();
  return {};
}

bool ChaosRules::remove(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto removed = std::erase_if(entries_, [&](auto& entry) { return entry->rule.id == id; });
  arm();
  return removed > 0;
}

std::size_t ChaosRules::clear() {
  const std::lock_guard lock(mutex_);
  const std::size_t were = entries_.size();
  entries_.clear();
  arm();
  return were;
}

std::vector<ChaosEntryPtr> ChaosRules::list(MonoTime now) const {
  const std::lock_guard lock(mutex_);
  std::vector<ChaosEntryPtr> out;
  std::copy_if(entries_.begin(), entries_.end(), std::back_inserter(out),
               [&](const auto& entry) { return !entry->over(now); });
  return out;
}

std::vector<ChaosEntryPtr> ChaosRules::sweep(MonoTime now) {
  if (!armed()) return {};
  const std::lock_guard lock(mutex_);
  std::vector<ChaosEntryPtr> out;
  std::erase_if(entries_, [&](const auto& entry) {
    if (!entry->over(now)) return false;
    out.push_back(entry);
    return true;
  });
  arm();
  return out;
}

}  // namespace headgate::resilience
