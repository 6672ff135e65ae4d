#include "gateway/prompt_cache/known_prefixes.h"

#include <algorithm>

namespace headgate::gateway {

KnownPrefixes::KnownPrefixes(std::size_t entries_max, base::Duration age_max)
    : rows_count_(std::max<std::size_t>(1, entries_max / std::tuple_size_v<Row>)),
      age_max_(age_max) {}

bool KnownPrefixes::is_known(const KnownPrefix& entry, std::uint64_t key,
                             base::MonoTime now) const {
  return entry.key == key && key != 0 && now - entry.proven <= age_max_;
}

const KnownPrefix* KnownPrefixes::find(std::uint64_t key, base::MonoTime now) const {
  if (rows_.empty()) return nullptr;
  const Row& row = rows_[row_of(key)];
  const auto* found = std::find_if(
      row.begin(), row.end(), [&](const KnownPrefix& entry) { return is_known(entry, key, now); });
  return found == row.end() ? nullptr : found;
}

KnownPrefix& KnownPrefixes::take(std::uint64_t key, base::MonoTime now) {
  if (rows_.empty()) rows_.resize(rows_count_);
  Row& row = rows_[row_of(key)];
  KnownPrefix* oldest = row.begin();
  for (KnownPrefix& entry : row) {
    if (is_known(entry, key, now)) return entry;
    if (entry.key == key) entry = {};  // too old
    if (entry.key == 0 ? oldest->key != 0 : oldest->key != 0 && entry.used < oldest->used) {
      oldest = &entry;
    }
  }
  *oldest = {key, now, now, now, 0, false};
  return *oldest;
}

}  // namespace headgate::gateway
