#include "storage/traces/journal_drain.h"

#include <algorithm>
#include <utility>

namespace headgate::storage {
namespace {

constexpr std::string_view kSave =
    "INSERT INTO journals (id, position, stored, damaged, dropped) VALUES (?,?,?,?,?)"
    " ON CONFLICT (id) DO UPDATE SET position = excluded.position, stored = excluded.stored,"
    " damaged = excluded.damaged, dropped = excluded.dropped";
constexpr std::string_view kLoad =
    "SELECT position, stored, damaged, dropped FROM journals WHERE id = ?";

}  // namespace

JournalDrain::JournalDrain(Database& database, SpanTable table, RecordLog log, Statement save)
    : database_(database), table_(std::move(table)), log_(std::move(log)), save_(std::move(save)) {}

base::Result<JournalDrain> JournalDrain::open(const std::string& folder, Database& database,
                                              std::span<Journal* const> journals) {
  auto table = SpanTable::open(database);
  if (!table) return table.error();
  auto log = RecordLog::open(folder, database);
  if (!log) return log.error();
  auto save = database.prepare(kSave);
  if (!save) return save.error();
  JournalDrain drain(database, std::move(*table), std::move(*log), std::move(*save));
  for (Journal* const journal : journals) {
    const auto added = drain.add(*journal);
    if (!added) return added.error();
  }
  return drain;
}

base::Result<void> JournalDrain::add(Journal& journal) {
  auto load = database_.prepare(kLoad);
  if (!load) return load.error();
  load->bind(1, journal.id());
  const auto row = load->step();
  if (!row) return row.error();
  Source source;
  source.journal = &journal;
  if (*row) {
    source.position = static_cast<std::uint64_t>(load->integer(0));
    source.stored = static_cast<std::uint64_t>(load->integer(1));
    source.damaged = static_cast<std::uint64_t>(load->integer(2));
    source.dropped = static_cast<std::uint64_t>(load->integer(3));
  }
  source.position = journal.resume(source.position);
  sources_.push_back(source);
  return {};
}

base::Result<JournalDrain::Batch> JournalDrain::store_batch(std::size_t bytes_max) {
  const bool idle = std::all_of(sources_.begin(), sources_.end(), [](const Source& s) {
    return s.journal->pending() == 0 && s.journal->dropped() == s.dropped;
  });
  Batch batch;
  if (idle) return batch;
  std::vector<Source> after = sources_;
  const auto stored = read_all(after, bytes_max, batch);
  if (!stored) {
    rolled_back();
    return stored.error();
  }
  log_.committed();
  sources_ = std::move(after);
  for (const Source& source : sources_) source.journal->release(source.position);
  return batch;
}

base::Result<void> JournalDrain::read_all(std::vector<Source>& sources, std::size_t bytes_max,
                                          Batch& batch) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  for (Source& source : sources) {
    const auto stored = read(source, bytes_max / sources.size() + 1, batch);
    if (!stored) return stored.error();
    const auto saved = save(source);
    if (!saved) return saved.error();
  }
  const auto written = log_.write();
  if (!written) return written.error();
  return transaction->commit();
}

void JournalDrain::rolled_back() {
  log_.rolled_back();
  (void)table_.rolled_back();  // if this fails too, the ids leave a gap, which is harmless
}

base::Result<void> JournalDrain::read(Source& source, std::size_t bytes_left, Batch& batch) {
  source.dropped = source.journal->dropped();
  source.position = source.journal->resume(source.position);
  while (bytes_left > 0) {
    const Journal::Record record = source.journal->read(source.position);
    const auto exchange = record.payload.empty() ? std::nullopt : decoder_.decode(record.payload);
    const std::size_t damage =
        std::size_t{record.skipped_damage} + std::size_t{!record.payload.empty() && !exchange};
    batch.damaged += damage;
    source.damaged += damage;
    if (exchange) {
      const LogPlace place =
          log_.add(record.framed, telemetry::end_unix_us(exchange->spans.front()));
      const auto inserted = table_.insert(*exchange, place);
      if (!inserted) return inserted.error();
      ++batch.stored;
      ++source.stored;
    }
    source.position = record.next;
    if (record.payload.empty()) return {};
    bytes_left -= std::min(bytes_left, record.payload.size());
  }
  batch.more = true;
  return {};
}

base::Result<void> JournalDrain::save(const Source& source) {
  save_.bind(1, source.journal->id());
  save_.bind(2, static_cast<std::int64_t>(source.position));
  save_.bind(3, static_cast<std::int64_t>(source.stored));
  save_.bind(4, static_cast<std::int64_t>(source.damaged));
  save_.bind(5, static_cast<std::int64_t>(source.dropped));
  return save_.run();
}

base::Result<std::int64_t> JournalDrain::delete_before(std::int64_t cutoff_us, std::int64_t rows) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  const auto deleted = table_.delete_before(cutoff_us, rows);
  if (!deleted) return deleted.error();
  auto forgotten = log_.forget_before(cutoff_us);
  if (forgotten) forgotten = transaction->commit();
  if (!forgotten) {
    log_.rolled_back();
    return forgotten.error();
  }
  log_.committed();
  log_.remove_forgotten();
  return *deleted;
}

}  // namespace headgate::storage
