// Words of a chunk of calls, each once: told apart by 64 bits of hash, joined as text in the order
// in which they came first. Bounded: beyond kWordsMax it says that there are more. Reused from
// chunk to chunk without allocating.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/journal/checksum.h"

namespace headgate::storage::text {

class WordSet {
 public:
  static constexpr std::size_t kWordsMax = 40'000;

  WordSet() : slots_(kSlots) {}

  void add(std::string_view word) {
    const std::uint64_t hash = xxh64(std::as_bytes(std::span(word))) | 1;
    std::size_t at = hash >> 8 & (kSlots - 1);
    while (slots_[at] != 0 && slots_[at] != hash) at = (at + 1) & (kSlots - 1);
    if (slots_[at] == hash || overflown()) return;
    slots_[at] = hash;
    ++count_;
    joined_ += word;
    joined_ += ' ';
  }
  void clear() {
    std::fill(slots_.begin(), slots_.end(), 0);
    joined_.clear();
    count_ = 0;
  }

  bool overflown() const { return count_ >= kWordsMax; }
  std::string_view joined() const { return joined_; }

 private:
  static constexpr std::size_t kSlots = std::size_t{1} << 16;
  std::vector<std::uint64_t> slots_;
  std::string joined_;
  std::size_t count_ = 0;
};

}  // namespace headgate::storage::text
