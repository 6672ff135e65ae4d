#include "lab/neutral/prompt_cache.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "lab/neutral/hash.h"
#include "lab/neutral/tokens.h"

namespace headgate::lab {
namespace {

constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max() / 2;

std::int64_t lifetime_s(Dialect dialect, bool long_lived) {
  if (dialect == Dialect::anthropic) return long_lived ? 3'600 : 300;
  return long_lived ? 12 * 3'600 : 1'800;
}

/// Of a prompt up to and including a block.
struct Prefix {
  std::uint64_t hash;
  std::int64_t tokens;
};

std::vector<Prefix> prefixes_of(const Prompt& prompt) {
  std::vector<Prefix> out;
  Prefix prefix{hash_bytes(kHashStart, prompt.model), 0};
  for (const auto& block : prompt.cache_blocks) {
    prefix.hash = hash_bytes(mix(prefix.hash, block.text.size()), block.text);
    prefix.tokens += block.tokens;
    out.push_back(prefix);
  }
  return out;
}

}  // namespace

PromptCache::Use PromptCache::look_up(const Prompt& prompt, std::int64_t unix_s) {
  return prompt.cache_blocks.empty() ? look_up_text(prompt.cache_text)
                                     : look_up_blocks(prompt, unix_s);
}

PromptCache::Use PromptCache::look_up_text(std::string_view text) {
  Use use;
  // A token has at least one byte.
  if (text.size() < static_cast<std::size_t>(kTokensMin)) return use;
  std::uint64_t hash = kHashStart;
  std::int64_t count = 0;
  for (const auto token : tokenize(text)) {
    hash = hash_bytes(hash, token);
    ++count;
    if (count < kTokensMin || count % kStep != 0) continue;
    if (find(hash, 0)) {
      use.read = count;
    } else {
      remember(hash, {kForEver, kForEver});
    }
  }
  return use;
}

/// Billed as documented: what is found is read, from there to the last long-lived breakpoint is
/// written for long, from there to the last breakpoint for short.
PromptCache::Use PromptCache::look_up_blocks(const Prompt& prompt, std::int64_t unix_s) {
  const auto prefixes = prefixes_of(prompt);
  const auto& blocks = prompt.cache_blocks;
  Use use;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (!blocks[i].breakpoint) continue;
    for (std::size_t back = 0; back < kBlocksBack && back <= i; ++back) {
      const Prefix& prefix = prefixes[i - back];
      if (prefix.tokens <= use.read || !find(prefix.hash, unix_s)) continue;
      use.read = prefix.tokens;
      break;
    }
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Prefix& prefix = prefixes[i];
    if (!blocks[i].breakpoint || prefix.tokens < kTokensMin) continue;
    const auto lifetime = lifetime_s(prompt.dialect, blocks[i].long_lived);
    remember(prefix.hash, {lifetime, unix_s + lifetime});
    use.write = std::max(use.write, prefix.tokens - use.read);
    if (blocks[i].long_lived) use.write_long = std::max(use.write_long, prefix.tokens - use.read);
  }
  return use;
}

bool PromptCache::find(std::uint64_t prefix, std::int64_t unix_s) {
  const auto found = seen_.find(prefix);
  if (found == seen_.end() || found->second.expires_at < unix_s) return false;
  found->second.expires_at = std::min(unix_s + found->second.lifetime_s, kForEver);
  return true;
}

void PromptCache::remember(std::uint64_t prefix, Entry entry) {
  const auto [place, is_new] = seen_.insert_or_assign(prefix, entry);
  if (!is_new) return;
  order_.push_back(prefix);
  if (order_.size() <= kPrefixesMax) return;
  seen_.erase(order_.front());
  order_.pop_front();
}

void PromptCache::clear() {
  seen_.clear();
  order_.clear();
}

}  // namespace headgate::lab
