// The rules of chaos that hold now. Each ends by itself, by its time or when it has hit often
// enough. Made once by app.cc; safe from any thread. While there are none, a call asks one atomic
// and nothing else. They live in memory: a restart ends them all.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "resilience/chaos/rule.h"

namespace headgate::resilience {

/// One that holds, or has ended a moment ago.
struct ChaosEntry {
  ChaosEntry(ChaosRule of, base::MonoTime begun)
      : rule(std::move(of)), until(begun + base::seconds(rule.for_s)) {}

  ChaosRule rule;
  base::MonoTime until;
  std::atomic<std::int64_t> hits{0};

  bool used_up() const { return rule.max_hits && hits.load() >= *rule.max_hits; }
  bool over(base::MonoTime now) const { return now >= until || used_up(); }
};
using ChaosEntryPtr = std::shared_ptr<const ChaosEntry>;

class ChaosRules {
 public:
  static constexpr std::size_t kRulesMax = 100;

  /// False: there is none to ask.
  bool armed() const { return armed_.load(std::memory_order_relaxed); }
  /// The first rule, in the order they were added, that is for this call and has a hit left; null:
  /// none. Counts as a hit.
  ChaosEntryPtr pick(const ChaosCall& call, base::MonoTime now, base::Random& random);

  /// Whether rules may be added; switched off, those that hold end. Returns how many did.
  std::size_t allow(bool allowed);
  bool allowed() const;

  /// REQUIRES: rule.id. Errors: permission_denied: they are switched off; conflict: there is one of
  /// this id; invalid_request: there are kRulesMax.
  base::Result<void> may_add(const ChaosRule& rule, base::MonoTime now) const;
  base::Result<void> add(ChaosRule rule, base::MonoTime now);
  bool remove(std::string_view id);
  /// Returns how many there were.
  std::size_t clear();

  /// Those that hold.
  std::vector<ChaosEntryPtr> list(base::MonoTime now) const;
  /// Takes out and returns those that have ended by themselves.
  std::vector<ChaosEntryPtr> sweep(base::MonoTime now);

 private:
  base::Result<void> check(const ChaosRule& rule, base::MonoTime now) const;
  void arm() { armed_.store(!entries_.empty(), std::memory_order_relaxed); }

  std::atomic<bool> armed_{false};
  mutable std::mutex mutex_;
  bool allowed_ = false;
  std::vector<std::shared_ptr<ChaosEntry>> entries_;
};

}  // namespace headgate::resilience
