// Learns from finished calls which prompt prefixes a provider holds in its cache, and tells of each
// later call how many tokens it should have read from there, and why it read fewer. Expected is
// what the provider itself said to have read or written for the longest known prefix, no estimate.
// In memory, bounded by entries and age. Shared by all loops: safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/usage.h"
#include "gateway/prompt_cache/alarm.h"
#include "gateway/prompt_cache/known_prefixes.h"
#include "gateway/prompt_cache/prefixes.h"

namespace headgate::gateway {

struct CacheWatchLimits {
  std::size_t entries_max = 65'536;  // 56 bytes each, from the first cached call on
  base::Duration age_max = std::chrono::hours(1);
  std::size_t body_bytes_max = 1024 * 1024;  // of one prompt; larger ones are not watched
  std::int64_t input_tokens_min = 1024;      // providers cache nothing shorter
};

/// A call whose usage is known.
struct CacheableCall {
  std::string_view model;  // its public name
  std::string_view provider;
  std::string_view upstream_model;
  std::string_view tenant;
  std::string_view body;
  std::size_t depth_max = 128;
  base::MonoTime begun;
  base::Usage usage;
  bool asks_for_caching = false;  // the caller or the route has marked the prompt
  bool needs_marks = false;       // the provider caches nothing else
};

class PromptCacheWatch {
 public:
  /// `salt`: random, so that no caller can make prompts that look like another's.
  explicit PromptCacheWatch(std::uint64_t salt, CacheWatchLimits limits = {});

  /// Nothing when no read was expected. Costs next to nothing where the provider has never cached
  /// for this tenant and model and nobody asked it to.
  std::optional<CacheOutcome> on_call(const CacheableCall& call, base::MonoTime now);

  void set_alarm(const CacheAlarmRules& rules);
  /// What changed since it was last asked.
  std::vector<CacheAlarmChange> take_alarm_changes(base::MonoTime now);

 private:
  struct Match;
  std::uint64_t scope_of(const CacheableCall& call) const;
  bool is_in_play(const CacheableCall& call, std::uint64_t scope, base::MonoTime now);
  Match match(const CacheableCall& call, std::uint64_t scope, const PromptPrefixes& prompt,
              base::MonoTime now) const;
  void learn(const CacheableCall& call, std::uint64_t scope, const PromptPrefixes& prompt,
             const Match& match, base::MonoTime now);
  void touch(std::uint64_t key, base::MonoTime now);
  void learn_end(const CacheableCall& call, std::uint64_t key, bool is_long_lived,
                 base::MonoTime now);

  std::uint64_t salt_;
  CacheWatchLimits limits_;
  std::mutex mutex_;
  KnownPrefixes known_;
  CacheAlarms alarms_;
};

}  // namespace headgate::gateway
