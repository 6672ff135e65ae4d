// Which prompt prefixes have been seen: OpenAI's automatic prompt cache, as documented: prefixes of
// 1024 tokens or more, in steps of 128. Bounded: the oldest prefixes are forgotten.
// Single-threaded.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_set>

namespace headgate::lab {

class PromptCache {
 public:
  static constexpr std::int64_t kTokensMin = 1024;
  static constexpr std::int64_t kStep = 128;
  static constexpr std::size_t kPrefixesMax = 65'536;

  /// Tokens of `prompt` found in the cache; then remembers all its prefixes.
  std::int64_t look_up(std::string_view prompt);
  void clear();

 private:
  void remember(std::uint64_t prefix);

  std::unordered_set<std::uint64_t> seen_;
  std::deque<std::uint64_t> order_;
};

}  // namespace headgate::lab
