#include "storage/partitions/partition.h"

#include <utility>

#include "storage/partitions/schema.h"

namespace headgate::storage {
namespace {

// Rows of before may have content among their attributes (tiers/day_files).
base::Result<void> note_if_new(Database& partition) {
  const auto last = last_row(partition);
  if (!last) return last.error();
  return *last > 0 ? base::Result<void>() : set_partition_note(partition, kPlainRows, 1);
}

}  // namespace

Partition::Partition(Day day, std::unique_ptr<Database> database, SpanTable spans, RecordLog log,
                     HourTable hours)
    : day_(day),
      database_(std::move(database)),
      spans_(std::move(spans)),
      log_(std::move(log)),
      hours_(std::move(hours)) {}

base::Result<std::unique_ptr<Partition>> Partition::open(const std::string& folder, Day day,
                                                         std::int64_t segment_min) {
  auto opened = open_partition(folder, day);
  if (!opened) return opened.error();
  auto database = std::make_unique<Database>(std::move(*opened));
  const auto noted = note_if_new(*database);
  if (!noted) return noted.error();
  auto spans = SpanTable::open(*database);
  if (!spans) return spans.error();
  auto log = RecordLog::open(folder, *database, segment_min);
  if (!log) return log.error();
  auto hours = HourTable::open(*database);
  if (!hours) return hours.error();
  return std::unique_ptr<Partition>(new Partition(day, std::move(database), std::move(*spans),
                                                  std::move(*log), std::move(*hours)));
}

base::Result<void> Partition::start_checkpoints(std::function<void(std::string_view)> report) {
  auto started = Checkpointer::start(*database_, std::move(report));
  if (!started) return started.error();
  checkpointer_ = std::move(*started);
  return {};
}

base::Result<void> Partition::store(const telemetry::ExchangeRecord& record,
                                    std::span<const std::byte> framed) {
  const LogPlace place = log_.add(framed, telemetry::end_unix_us(record.spans.front()));
  hours_.add(record);
  return spans_.insert(record, place);
}

base::Result<void> Partition::write() {
  const auto written = log_.write();
  if (!written) return written;
  return hours_.write();
}

void Partition::committed() {
  log_.committed();
  hours_.committed();
}

void Partition::rolled_back() {
  log_.rolled_back();
  hours_.rolled_back();
  (void)spans_.rolled_back();  // if this fails too, the ids leave a gap, which is harmless
}

base::Result<void> Partition::finish() { return spans_.finish_block(); }

}  // namespace headgate::storage
