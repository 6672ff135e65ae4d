#include "storage/text/text_indexer.h"

#include <algorithm>

#include "storage/partitions/schema.h"

namespace headgate::storage::text {
namespace {

constexpr std::int64_t kChunksAtOnce = 64;
// Of a few new calls reading their content costs less than merging small pieces of the index.
constexpr base::seconds kSmallEvery{20};

}  // namespace

void TextIndexer::close() { open_.reset(); }

base::Result<bool> TextIndexer::open(Day day) {
  if (open_ != nullptr && open_->day() == day) return true;
  open_.reset();
  auto partition = open_partition_to_read(folder_, day);
  if (!partition && partition.error().code == base::Errc::not_found) return false;
  if (!partition) return partition.error();
  const auto dropped = partition_note(*partition, kContentDropped);
  if (!dropped) return dropped.error();
  if (*dropped != 0) return false;
  auto opened = TextIndexWriter::open(folder_, day);
  if (!opened) return opened.error();
  open_ = std::move(*opened);
  return true;
}

base::Result<bool> TextIndexer::index(Day day, bool closed, std::int64_t settled_to) {
  const auto opened = open(day);
  if (!opened || !*opened) {
    if (opened && closed) done_.insert(day);
    return opened;
  }
  const auto pending = open_->pending(closed, settled_to);
  if (!pending) return pending.error();
  if (*pending == 0 && closed && settled_to == INT64_MAX) done_.insert(day);
  const bool soon = *pending < kChunksAtOnce && !closed && clock_.now() - added_ < kSmallEvery;
  if (*pending == 0 || soon || !pace_.allows(clock_.now(), *pending)) return false;
  const auto added = open_->add(std::min(*pending, kChunksAtOnce));
  if (!added) return added.error();
  added_ = clock_.now();
  return true;
}

base::Result<bool> TextIndexer::step(Day writing, const SettledTo& settled_to) {
  done_.erase(writing);
  const auto days = partition_days(folder_);
  if (std::find(days.begin(), days.end(), writing) != days.end()) {
    const auto current = index(writing, false, settled_to(writing));
    if (!current || *current) return current;
  }
  for (const Day day : days) {
    if (day == writing || done_.contains(day)) continue;
    const auto older = index(day, true, settled_to(day));
    if (!older || *older) return older;
  }
  return false;
}

}  // namespace headgate::storage::text
