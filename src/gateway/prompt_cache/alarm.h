// When prompt caches are read too little: per model and provider a window over the last calls of
// which a read was expected. Raised when the share that was read falls under the least one, lowered
// when it is well above it again or nothing was expected for an hour. Owned by the watch; not
// thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace headgate::gateway {

/// Why less was read from a cache than was expected, as far as it can be told.
enum class CacheMiss : std::uint8_t {
  none,
  prefix_changed,  // the same conversation, but not the same beginning
  expired,         // not sent to the provider for longer than it keeps a prefix
  not_marked,      // the provider caches what is marked, and nothing was
  not_cached,      // the provider's doing
};
inline constexpr std::size_t kCacheMissCount = static_cast<std::size_t>(CacheMiss::not_cached) + 1;
std::string_view name(CacheMiss miss);

struct CacheOutcome {
  std::int64_t expected = 0;
  std::int64_t read = 0;  // of those expected
  CacheMiss miss = CacheMiss::none;
};

struct CacheAlarmRules {
  int read_percent_min = 50;  // 0: never raised
  std::size_t calls = 20;     // the window; not full, nothing is raised
};

struct CacheAlarmChange {
  std::string model;
  std::string provider;
  bool is_new = false;  // the first of this model and provider
  bool raised = false;
  CacheMiss reason = CacheMiss::none;  // that has cost most of the window
  std::int64_t expected = 0;           // tokens, of the window
  std::int64_t read = 0;
};

class CacheAlarms {
 public:
  void set_rules(const CacheAlarmRules& rules);
  void add(std::string_view model, std::string_view provider, const CacheOutcome& outcome,
           base::MonoTime now);
  /// What changed since it was last asked.
  std::vector<CacheAlarmChange> take_changes(base::MonoTime now);

 private:
  struct Window {
    std::vector<CacheOutcome> calls;
    std::size_t next = 0;  // to be overwritten, when full
    CacheOutcome sum;
    base::MonoTime last;
    bool raised = false;
    bool told = false;
    bool told_raised = false;
  };
  void judge(Window& window) const;
  static CacheAlarmChange change_of(const Window& window);

  CacheAlarmRules rules_;
  std::map<std::pair<std::string, std::string>, Window, std::less<>> windows_;
};

}  // namespace headgate::gateway
