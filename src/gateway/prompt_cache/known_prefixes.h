// What is known of prompt prefixes, by their hash: how many tokens of each a provider has said to
// hold in its cache, and when. A table of fixed size: where it is full, what was not used for
// longest goes. Owned by the watch; not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace headgate::gateway {

struct KnownPrefix {
  std::uint64_t key = 0;  // 0: free
  base::MonoTime since;   // calls begun before could not have read it
  base::MonoTime used;    // last sent to the provider
  base::MonoTime proven;  // last said by the provider to be cached; while tokens is 0, as used
  std::int64_t tokens = 0;
  bool is_long_lived = false;  // cached for an hour
};

class KnownPrefixes {
 public:
  /// `entries_max` is rounded down to whole rows, to one row at least.
  KnownPrefixes(std::size_t entries_max, base::Duration age_max);

  /// Null: never seen, forgotten, or not proven for age_max.
  const KnownPrefix* find(std::uint64_t key, base::MonoTime now) const;
  /// The prefix, as it is known or new. Valid until the next call.
  KnownPrefix& take(std::uint64_t key, base::MonoTime now);

 private:
  using Row = std::array<KnownPrefix, 8>;
  std::size_t row_of(std::uint64_t key) const { return key % rows_count_; }
  bool is_known(const KnownPrefix& entry, std::uint64_t key, base::MonoTime now) const;

  std::size_t rows_count_;
  base::Duration age_max_;
  std::vector<Row> rows_;  // made when first something is taken
};

}  // namespace headgate::gateway
