#include "storage/reports/call_follower.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace headgate::storage {

base::Result<void> CallFollower::skip_to_end() {
  return for_each_new([](PartitionReader& partition, std::int64_t) { return partition.last_id(); });
}

base::Result<void> CallFollower::skip_before(std::int64_t unix_us) {
  return for_each_new(
      [&](PartitionReader& partition, std::int64_t after) -> base::Result<std::int64_t> {
        if ((partition.day() + 1) * kDayUs < unix_us) return partition.last_id();
        const auto first = partition.first_id_since(unix_us);
        if (!first) return first.error();
        return std::max(after, *first - 1);
      });
}

// Oldest first. Of days before the newest two only what was begun: nothing comes to them any more.
base::Result<void> CallFollower::for_each_new(const Take& take) {
  std::vector<Day> days = partition_days(folder_);
  std::reverse(days.begin(), days.end());
  for (std::size_t i = 0; i < days.size(); ++i) {
    const bool recent = i + 2 >= days.size();
    if (!recent && read_.contains(days[i])) continue;
    auto partition = PartitionReader::open(folder_, days[i]);
    std::error_code error;
    if (!partition && (partition.error().code == base::Errc::not_found ||
                       !std::filesystem::exists(partition_path(folder_, days[i]), error))) {
      continue;
    }
    if (!partition) return partition.error();
    const auto read = take(*partition, read_[days[i]]);
    if (!read) return read.error();
    read_[days[i]] = *read;
  }
  return {};
}

base::Result<std::vector<StoredExchange>> CallFollower::next(const query::Expression& where,
                                                             std::int64_t count) {
  std::vector<StoredExchange> calls;
  const auto taken = for_each_new(
      [&](PartitionReader& partition, std::int64_t after) -> base::Result<std::int64_t> {
        const std::int64_t left = count - static_cast<std::int64_t>(calls.size());
        if (left <= 0) return after;
        text::ScanLimit limit;
        const auto ids = partition.following(after, where, limit, left);
        if (!ids) return ids.error();
        for (const std::int64_t id : *ids) {
          auto head = partition.head(id);
          if (!head) return head.error();
          calls.push_back(std::move(*head));
        }
        const bool all = static_cast<std::int64_t>(ids->size()) < left;
        return all ? partition.last_id() : base::Result<std::int64_t>(ids->back());
      });
  if (!taken) return taken.error();
  return calls;
}

}  // namespace headgate::storage
