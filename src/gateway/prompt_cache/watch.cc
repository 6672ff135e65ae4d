#include "gateway/prompt_cache/watch.h"

#include <algorithm>
#include <functional>

namespace headgate::gateway {

namespace {

constexpr base::Duration kKept = std::chrono::minutes(5);
constexpr base::Duration kKeptLong = std::chrono::hours(1);

std::uint64_t hash(std::string_view text) { return std::hash<std::string_view>{}(text); }

std::int64_t cached_of(const base::Usage& usage) { return usage.cached + usage.cache_write; }

bool is_expired(const KnownPrefix& prefix, base::MonoTime at) {
  return at - prefix.used > (prefix.is_long_lived ? kKeptLong : kKept);
}

// A tenth is left for what providers round off.
bool is_miss(std::int64_t read, std::int64_t expected) { return read * 10 < expected * 9; }

}  // namespace

// What of a prompt was known when its call began.
struct PromptCacheWatch::Match {
  std::ptrdiff_t longest = -1;              // of the beginnings: the longest seen before
  std::optional<KnownPrefix> prefix;        // the longest that is known to be cached
  std::optional<KnownPrefix> conversation;  // as an earlier call of it left it

  const KnownPrefix* expected() const {
    const bool changed = conversation && (!prefix || prefix->tokens < conversation->tokens);
    return changed ? &*conversation : prefix ? &*prefix : nullptr;
  }
  bool has_changed() const { return conversation && expected() == &*conversation; }
};

PromptCacheWatch::PromptCacheWatch(std::uint64_t salt, CacheWatchLimits limits)
    : salt_(salt), limits_(limits), known_(limits.entries_max, limits.age_max) {}

std::uint64_t PromptCacheWatch::scope_of(const CacheableCall& call) const {
  std::uint64_t scope = mix(salt_, hash(call.tenant));
  scope = mix(scope, hash(call.provider));
  return mix(scope, hash(call.upstream_model));
}

// Whoever has cached once may be asked for it for as long as that is remembered.
bool PromptCacheWatch::is_in_play(const CacheableCall& call, std::uint64_t scope,
                                  base::MonoTime now) {
  if (call.usage.input < limits_.input_tokens_min) return false;
  if (call.body.size() > limits_.body_bytes_max) return false;
  const bool has_cached = cached_of(call.usage) > 0;
  if (call.asks_for_caching && !has_cached) return true;
  const std::lock_guard lock(mutex_);
  if (!has_cached) return known_.find(scope, now) != nullptr;
  known_.take(scope, now).proven = now;
  return true;
}

PromptCacheWatch::Match PromptCacheWatch::match(const CacheableCall& call, std::uint64_t scope,
                                                const PromptPrefixes& prompt,
                                                base::MonoTime now) const {
  const auto find = [&](std::uint64_t key) {
    const KnownPrefix* known = known_.find(mix(scope, key), now);
    return known != nullptr && known->since <= call.begun ? known : nullptr;
  };
  Match out;
  for (std::size_t i = prompt.beginnings.size(); i-- > 0 && !out.prefix;) {
    const KnownPrefix* known = find(prompt.beginnings[i]);
    if (known == nullptr) continue;
    if (out.longest < 0) out.longest = static_cast<std::ptrdiff_t>(i);
    if (known->tokens > 0) out.prefix = *known;
  }
  for (std::size_t i = prompt.pairs.size(); i-- > 0 && !out.conversation;) {
    if (const KnownPrefix* known = find(prompt.pairs[i])) out.conversation = *known;
  }
  return out;
}

void PromptCacheWatch::touch(std::uint64_t key, base::MonoTime now) {
  KnownPrefix& seen = known_.take(key, now);
  if (is_expired(seen, now)) seen.since = now;
  seen.used = now;
  if (seen.tokens == 0) seen.proven = now;
}

void PromptCacheWatch::learn_end(const CacheableCall& call, std::uint64_t key, bool is_long_lived,
                                 base::MonoTime now) {
  if (cached_of(call.usage) == 0) return;
  touch(key, now);
  KnownPrefix& end = known_.take(key, now);
  end.tokens = cached_of(call.usage);
  end.proven = now;
  end.is_long_lived = is_long_lived;
}

void PromptCacheWatch::learn(const CacheableCall& call, std::uint64_t scope,
                             const PromptPrefixes& prompt, const Match& match, base::MonoTime now) {
  const std::int64_t read = call.usage.cached;
  const auto& all = prompt.beginnings;
  const auto from = static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, match.longest));
  for (std::size_t i = from; i < all.size(); ++i) touch(mix(scope, all[i]), now);
  if (match.prefix) touch(match.prefix->key, now);
  const bool was_long = match.prefix && match.prefix->is_long_lived;
  // What was read had been sent before: it lies within the longest beginning that was known.
  if (read > 0 && match.longest >= 0) {
    KnownPrefix& shared = known_.take(mix(scope, all[from]), now);
    if (!is_miss(read, shared.tokens)) {
      shared.tokens = std::max(shared.tokens, read);
      shared.proven = now;
      shared.is_long_lived = shared.is_long_lived || was_long;
    }
  }
  const bool is_long_lived = was_long || call.usage.cache_write_long > 0;
  if (!all.empty()) learn_end(call, mix(scope, all.back()), is_long_lived, now);
  if (!prompt.pairs.empty()) {
    learn_end(call, mix(scope, prompt.pairs.back()), is_long_lived, now);
  }
}

std::optional<CacheOutcome> PromptCacheWatch::on_call(const CacheableCall& call,
                                                      base::MonoTime now) {
  const std::uint64_t scope = scope_of(call);
  if (!is_in_play(call, scope, now)) return std::nullopt;
  const PromptPrefixes prompt = prefixes_of(call.body, call.depth_max);
  const std::lock_guard lock(mutex_);
  const Match found = match(call, scope, prompt, now);
  learn(call, scope, prompt, found, now);
  const KnownPrefix* expected = found.expected();
  if (expected == nullptr) return std::nullopt;
  CacheOutcome out;
  out.expected = std::min(expected->tokens, call.usage.input);
  out.read = std::min(call.usage.cached, out.expected);
  if (is_miss(out.read, out.expected)) {
    out.miss = call.needs_marks && !call.asks_for_caching ? CacheMiss::not_marked
               : is_expired(*expected, call.begun)        ? CacheMiss::expired
               : found.has_changed()                      ? CacheMiss::prefix_changed
                                                          : CacheMiss::not_cached;
  }
  alarms_.add(call.model, call.provider, out, now);
  return out;
}

void PromptCacheWatch::set_alarm(const CacheAlarmRules& rules) {
  const std::lock_guard lock(mutex_);
  alarms_.set_rules(rules);
}

std::vector<CacheAlarmChange> PromptCacheWatch::take_alarm_changes(base::MonoTime now) {
  const std::lock_guard lock(mutex_);
  return alarms_.take_changes(now);
}

}  // namespace headgate::gateway
