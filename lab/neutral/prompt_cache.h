// Which prompt prefixes have been seen: the providers' two kinds of prompt cache, as documented.
// Automatic: prefixes of 1024 tokens or more, in steps of 128. With breakpoints: what ends at one
// is written and lives for a while, and is found from up to 20 blocks behind it. Bounded: the
// oldest prefixes are forgotten. Single-threaded.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "lab/neutral/prompt.h"

namespace headgate::lab {

class PromptCache {
 public:
  static constexpr std::int64_t kTokensMin = 1024;
  static constexpr std::int64_t kStep = 128;
  static constexpr std::size_t kBlocksBack = 20;
  static constexpr std::size_t kPrefixesMax = 65'536;

  /// Tokens of one prompt.
  struct Use {
    std::int64_t read = 0;
    std::int64_t write = 0;       // with either lifetime
    std::int64_t write_long = 0;  // of that, with the longer one
  };

  /// What of `prompt` is in the cache; then remembers what it says to remember.
  Use look_up(const Prompt& prompt, std::int64_t unix_s);
  void clear();

 private:
  struct Entry {
    std::int64_t lifetime_s;
    std::int64_t expires_at;
  };

  Use look_up_text(std::string_view text);
  Use look_up_blocks(const Prompt& prompt, std::int64_t unix_s);
  /// Renews what it finds: reading keeps an entry alive.
  bool find(std::uint64_t prefix, std::int64_t unix_s);
  void remember(std::uint64_t prefix, Entry entry);

  std::unordered_map<std::uint64_t, Entry> seen_;
  std::deque<std::uint64_t> order_;
};

}  // namespace headgate::lab
