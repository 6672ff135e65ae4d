#include "lab/openai/prompt_cache.h"

#include "lab/hash.h"
#include "lab/openai/tokens.h"

namespace headgate::lab {

std::int64_t PromptCache::look_up(std::string_view prompt) {
  // A token has at least one byte.
  if (prompt.size() < static_cast<std::size_t>(kTokensMin)) return 0;
  std::uint64_t hash = kHashStart;
  std::int64_t count = 0;
  std::int64_t cached = 0;
  for (const auto token : tokenize(prompt)) {
    hash = hash_bytes(hash, token);
    ++count;
    if (count < kTokensMin || count % kStep != 0) continue;
    if (seen_.contains(hash)) {
      cached = count;
    } else {
      remember(hash);
    }
  }
  return cached;
}

void PromptCache::remember(std::uint64_t prefix) {
  seen_.insert(prefix);
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
