#include "storage/runs/run_store.h"

#include <utility>

namespace headgate::storage {

using base::Result;

namespace {

constexpr std::int64_t kEntriesAtOnce = 256;
constexpr std::int64_t kExpireRows = 64;

std::size_t bytes_of(const std::vector<RunEntry>& entries) {
  std::size_t out = 0;
  for (const RunEntry& entry : entries) out += entry.body.size();
  return out;
}

}  // namespace

Result<std::unique_ptr<RunStore>> RunStore::open(const std::string& folder, Options options,
                                                 const base::Clock& clock) {
  auto table = RunTable::open(folder);
  if (!table) return table.error();
  return std::unique_ptr<RunStore>(new RunStore(std::move(*table), std::move(options), clock));
}

Result<void> RunStore::begin() {
  if (transaction_) return {};
  auto begun = Transaction::begin(table_.database());
  if (!begun) return begun.error();
  transaction_.emplace(std::move(*begun));
  return {};
}

// What fails leaves nothing behind, and takes nothing from the rest of the batch.
template <class T, class Work>
Result<T> RunStore::step(const Work& work) {
  if (auto begun = begin(); !begun) return begun.error();
  Database& database = table_.database();
  if (auto saved = database.execute("SAVEPOINT step"); !saved) return saved.error();
  Result<T> result = work(table_);
  const auto released =
      database.execute(result ? "RELEASE step" : "ROLLBACK TO step; RELEASE step");
  if (!released) return released.error();
  return result;
}

template <class T, class Work>
void RunStore::submit(Work work, Then<T> then, std::size_t bytes) {
  auto job = [this, work = std::move(work), then] {
    batch_.push_back([result = step<T>(work), then](const Result<void>& committed) {
      then(committed || !result ? result : Result<T>(committed.error()));
    });
  };
  if (thread_.push(std::move(job), bytes)) return;
  then(base::fail(base::Errc::overloaded, "too many entries of runs are waiting to be written"));
}

void RunStore::finish_batch() {
  Result<void> committed = Result<void>{};
  if (transaction_) {
    committed = transaction_->commit();
    transaction_.reset();
    ++(committed ? commits_ : failures_);
  }
  if (std::exchange(has_erased_, false) && committed) {
    // Out of the write-ahead log, too.
    const auto emptied = table_.database().execute("PRAGMA wal_checkpoint(TRUNCATE)");
    if (!emptied) ++failures_;
  }
  for (const auto& tell : batch_) tell(committed);
  batch_.clear();
  expire_when_due();
}

// A failure shows at the next job that writes; here it is only tried again.
void RunStore::expire_when_due() {
  const std::int64_t now_us = clock_.unix_us();
  if (options_.age_max_us == 0 || now_us < expire_at_us_) return;
  const auto gone = step<std::int64_t>([&](RunTable& table) {
    return table.expire(options_.ended, now_us - options_.age_max_us, kExpireRows);
  });
  if (transaction_) {
    const auto committed = transaction_->commit();
    if (!committed) ++failures_;
    transaction_.reset();
  }
  if (gone && *gone == kExpireRows) return;  // more of it behind the next jobs
  expire_at_us_ = now_us + base::microseconds(JobThread::kBetweenEvery).count();
}

void RunStore::create(NewRun run, Then<CreatedRun> then) {
  const std::size_t bytes = bytes_of(run.entries) + run.definition.size();
  submit<CreatedRun>(
      [this, run = std::move(run)](RunTable& table) {
        entries_ += run.entries.size();
        return table.create(run);
      },
      std::move(then), bytes);
}

void RunStore::append(RunAppend more, Then<void> then) {
  const std::size_t bytes = bytes_of(more.entries);
  submit<void>(
      [this, more = std::move(more)](RunTable& table) {
        entries_ += more.entries.size();
        return table.append(more, clock_.unix_us());
      },
      std::move(then), bytes);
}

void RunStore::find(std::string id, Then<StoredRun> then) {
  submit<StoredRun>([id = std::move(id)](RunTable& table) { return table.find(id); },
                    std::move(then));
}

void RunStore::row(std::string id, Then<RunRow> then) {
  submit<RunRow>([id = std::move(id)](RunTable& table) { return table.row(id); }, std::move(then));
}

void RunStore::entries_after(std::string id, std::int64_t seq, Then<std::vector<RunEntry>> then) {
  submit<std::vector<RunEntry>>(
      [id = std::move(id), seq](RunTable& table) {
        return table.entries_after(id, seq, kEntriesAtOnce);
      },
      std::move(then));
}

void RunStore::list(RunFilter filter, Then<std::vector<RunRow>> then) {
  submit<std::vector<RunRow>>(
      [filter = std::move(filter)](RunTable& table) { return table.list(filter); },
      std::move(then));
}

void RunStore::ids_of(std::string status, Then<std::vector<std::string>> then) {
  submit<std::vector<std::string>>(
      [status = std::move(status)](RunTable& table) { return table.ids_of(status); },
      std::move(then));
}

void RunStore::newest_of(SessionKey key, std::string agent, std::string status,
                         Then<std::optional<StoredRun>> then) {
  submit<std::optional<StoredRun>>(
      [key = std::move(key), agent = std::move(agent),
       status = std::move(status)](RunTable& table) { return table.newest_of(key, agent, status); },
      std::move(then));
}

void RunStore::sessions(std::string owner, std::string user, std::int64_t rows_max,
                        Then<std::vector<SessionRow>> then) {
  submit<std::vector<SessionRow>>(
      [owner = std::move(owner), user = std::move(user), rows_max](RunTable& table) {
        return table.sessions(owner, user, rows_max);
      },
      std::move(then));
}

void RunStore::erase(SessionKey key, Then<std::int64_t> then) {
  submit<std::int64_t>(
      [this, key = std::move(key)](RunTable& table) {
        has_erased_ = true;
        return table.erase(key, options_.ended);
      },
      std::move(then));
}

}  // namespace headgate::storage
