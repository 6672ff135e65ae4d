#include "storage/traces/journal_drain.h"

#include <algorithm>
#include <utility>

namespace headgate::storage {

JournalDrain::JournalDrain(std::string folder, JournalPositions positions, std::int64_t segment,
                           Hooks hooks)
    : folder_(std::move(folder)),
      positions_(std::move(positions)),
      segment_min_(segment),
      hooks_(std::move(hooks)) {}

JournalDrain::~JournalDrain() { retire(); }

base::Result<JournalDrain> JournalDrain::open(const std::string& folder,
                                              std::span<Journal* const> journals, Hooks hooks) {
  auto positions = read_positions(folder);
  if (!positions) return positions.error();
  const auto segment = next_segment(folder);
  if (!segment) return segment.error();
  JournalDrain drain(folder, std::move(*positions), *segment, std::move(hooks));
  for (Journal* const journal : journals) {
    Source source{journal, drain.positions_[journal->id()]};
    source.position.position = journal->resume(source.position.position);
    drain.sources_.push_back(source);
  }
  return drain;
}

base::Result<void> JournalDrain::switch_to(Day day) {
  if (partition_ != nullptr && partition_->day() == day) return {};
  retire();
  auto partition = Partition::open(folder_, day, segment_min_);
  if (!partition) return partition.error();
  partition_ = std::move(*partition);
  auto begun = begin_partition();
  if (begun && hooks_.report != nullptr) begun = partition_->start_checkpoints(hooks_.report);
  if (!begun) {
    table_.reset();
    partition_.reset();
  }
  return begun;
}

// The new partition knows what is known, so that older ones may be dropped.
base::Result<void> JournalDrain::begin_partition() {
  for (const Source& source : sources_) positions_[source.journal->id()] = source.position;
  auto table = PositionTable::open(partition_->database());
  if (!table) return table.error();
  table_ = std::make_unique<PositionTable>(std::move(*table));
  auto transaction = Transaction::begin(partition_->database());
  if (!transaction) return transaction.error();
  for (const auto& [journal, position] : positions_) {
    const auto saved = table_->save(journal, position);
    if (!saved) return saved.error();
  }
  return transaction->commit();
}

void JournalDrain::retire() {
  if (partition_ == nullptr) return;
  segment_min_ = std::max(segment_min_, partition_->segment() + 1);
  (void)partition_->finish();  // without, its last block is looked into each time
  table_.reset();
  if (hooks_.retire != nullptr) hooks_.retire(std::move(partition_));
  partition_.reset();
}

base::Result<JournalDrain::Batch> JournalDrain::store_batch(std::size_t bytes_max) {
  const bool idle = std::all_of(sources_.begin(), sources_.end(), [](const Source& s) {
    return s.journal->pending() == 0 && s.journal->dropped() == s.position.dropped;
  });
  Batch batch;
  if (idle) return batch;
  std::vector<Source> after = sources_;
  const auto stored = read_all(after, bytes_max, batch);
  if (!stored) {
    partition_->rolled_back();
    return stored.error();
  }
  partition_->committed();
  sources_ = std::move(after);
  for (const Source& source : sources_) source.journal->release(source.position.position);
  return batch;
}

base::Result<void> JournalDrain::read_all(std::vector<Source>& sources, std::size_t bytes_max,
                                          Batch& batch) {
  auto transaction = Transaction::begin(partition_->database());
  if (!transaction) return transaction.error();
  for (Source& source : sources) {
    const auto stored = read(source, bytes_max / sources.size() + 1, batch);
    if (!stored) return stored.error();
    const auto saved = table_->save(source.journal->id(), source.position);
    if (!saved) return saved.error();
  }
  const auto written = partition_->write();
  if (!written) return written.error();
  return transaction->commit();
}

base::Result<void> JournalDrain::read(Source& source, std::size_t bytes_left, Batch& batch) {
  JournalPosition& at = source.position;
  at.dropped = source.journal->dropped();
  at.position = source.journal->resume(at.position);
  while (bytes_left > 0) {
    const Journal::Record record = source.journal->read(at.position);
    const auto exchange = record.payload.empty() ? std::nullopt : decoder_.decode(record.payload);
    const std::size_t damage =
        std::size_t{record.skipped_damage} + std::size_t{!record.payload.empty() && !exchange};
    batch.damaged += damage;
    at.damaged += damage;
    if (exchange) {
      const auto stored = partition_->store(*exchange, record.framed);
      if (!stored) return stored.error();
      ++batch.stored;
      ++at.stored;
    }
    at.position = record.next;
    if (record.payload.empty()) return {};
    bytes_left -= std::min(bytes_left, record.payload.size());
  }
  batch.more = true;
  return {};
}

}  // namespace headgate::storage
