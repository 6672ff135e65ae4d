// The trace ids of a block's calls: the first eight bytes of each and which row it is, sorted, so
// that a trace is found by how its id begins, and the writer pays for no index of random ids. Of
// bytes from the database anything is taken. Plain value.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/ids.h"

namespace headgate::storage::query {

class TraceKeys {
 public:
  static constexpr std::size_t kPrefix = 8;

  /// `row`: which of the block's.
  void add(const base::TraceId& trace, std::uint16_t row) {
    Entry& entry = entries_.emplace_back();
    std::copy_n(trace.bytes.begin(), kPrefix, entry.begin());
    entry[kPrefix] = static_cast<std::uint8_t>(row >> 8);
    entry[kPrefix + 1] = static_cast<std::uint8_t>(row & 0xFF);
  }
  void clear() { entries_.clear(); }

  /// Sorted; valid until something is added.
  std::span<const std::uint8_t> bytes() {
    std::sort(entries_.begin(), entries_.end());
    return {entries_.empty() ? nullptr : entries_.front().data(), entries_.size() * sizeof(Entry)};
  }

  /// Rows whose traces may be from `low` to `high`: the rest of their ids has to be looked at.
  static std::vector<std::uint16_t> rows_between(std::span<const std::uint8_t> bytes,
                                                 const base::TraceId& low,
                                                 const base::TraceId& high) {
    const std::size_t count = bytes.size() / sizeof(Entry);
    const auto prefix = [&](std::size_t i) { return bytes.subspan(i * sizeof(Entry), kPrefix); };
    std::size_t first = 0, end = count;
    while (first < end) {
      const std::size_t middle = (first + end) / 2;
      const auto at = prefix(middle);
      const bool less = std::lexicographical_compare(at.begin(), at.end(), low.bytes.begin(),
                                                     low.bytes.begin() + kPrefix);
      (less ? first : end) = less ? middle + 1 : middle;
    }
    std::vector<std::uint16_t> rows;
    for (std::size_t i = first; i < count; ++i) {
      const auto at = prefix(i);
      const bool beyond = std::lexicographical_compare(
          high.bytes.begin(), high.bytes.begin() + kPrefix, at.begin(), at.end());
      if (beyond) break;
      const auto row = bytes.subspan(i * sizeof(Entry) + kPrefix, 2);
      rows.push_back(static_cast<std::uint16_t>(row[0] << 8 | row[1]));
    }
    return rows;
  }

 private:
  using Entry = std::array<std::uint8_t, kPrefix + 2>;
  static_assert(sizeof(Entry) == kPrefix + 2);
  std::vector<Entry> entries_;
};

}  // namespace headgate::storage::query
