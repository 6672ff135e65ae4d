#include "storage/sampling/swept_day.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "storage/partitions/schema.h"
#include "storage/sampling/dead_content.h"

namespace headgate::storage {
namespace {

constexpr const char* kSweptTo = "sampled_to";  // the row up to which everything is decided, + 1
constexpr const char* kOver = "sampling_over";  // 1: everything is
constexpr std::int64_t kNoteRows = 4096;        // settled without a change: worth a note
constexpr std::int64_t kPruneEvery = 256;       // rounds
constexpr std::size_t kDecidedBytes = 21;

constexpr std::string_view kNew =
    "SELECT id, span_count, trace_id, kind, error, http_status, route, duration_us,"
    " cost_picodollars, unpriced, attributes,"
    " EXISTS (SELECT 1 FROM sampled WHERE sampled.id = spans.id)"
    " FROM spans NOT INDEXED WHERE id > ? ORDER BY id";

// Attributes of a span as they are stored: {"key":"value",…}, with everything escaped, so a key
// stands nowhere else.
bool has_key(std::string_view attributes, std::string_view begin_of_key) {
  for (std::size_t at = attributes.find(begin_of_key); at != std::string_view::npos;
       at = attributes.find(begin_of_key, at + 1)) {
    if (at > 0 && (attributes[at - 1] == '{' || attributes[at - 1] == ',')) return true;
  }
  return false;
}

bool is_flagged(std::string_view attributes) {
  constexpr std::array<std::string_view, 3> kKeys{"\"degraded\":", "\"chaos\":", "\"guardrail"};
  return !attributes.empty() && std::any_of(kKeys.begin(), kKeys.end(),
                                            [&](auto key) { return has_key(attributes, key); });
}

// Attempts fail and are made again; one whose answer had begun was broken off.
void add_span(Statement& row, RecordFacts& facts) {
  const std::string_view error = row.text(4);
  const bool is_attempt = row.text(3) == "attempt";
  const std::int64_t status = row.integer(5);
  if (!error.empty() && !is_attempt) facts.error = true;
  const bool broken = is_attempt && status >= 200 && status < 300 && error != "cancelled";
  if (!error.empty() && broken) facts.flagged = true;
  if (is_flagged(row.text(10))) facts.flagged = true;
}

base::TraceId trace_of(Statement& row, int column) {
  base::TraceId id;
  const auto bytes = row.blob(column);
  if (bytes.size() == id.bytes.size()) std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

base::Result<void> run(Database& database, std::string_view sql,
                       std::initializer_list<std::int64_t> values) {
  auto statement = database.prepare(sql);
  if (!statement) return statement.error();
  int index = 0;
  for (const std::int64_t value : values) statement->bind(++index, value);
  return statement->run();
}

}  // namespace

SweptDay::SweptDay(std::string folder, Day day, std::unique_ptr<Database> database)
    : folder_(std::move(folder)), day_(day), database_(std::move(database)) {}

base::Result<std::unique_ptr<SweptDay>> SweptDay::open(const std::string& folder, Day day,
                                                       Begin begin) {
  auto opened = open_partition(folder, day);
  if (!opened) return opened.error();
  std::unique_ptr<SweptDay> out(
      new SweptDay(folder, day, std::make_unique<Database>(std::move(*opened))));
  const auto loaded = out->load(begin);
  if (!loaded) return loaded.error();
  return out;
}

// Zeros where it costs nothing: content is not in here.
base::Result<void> SweptDay::load(Begin begin) {
  const auto set = database_->execute("PRAGMA secure_delete=FAST; PRAGMA cache_size=-4096");
  if (!set) return set;
  const auto noted = partition_note(*database_, kSweptTo);
  if (!noted) return noted.error();
  const auto last = last_row(*database_);
  if (!last) return last.error();
  const std::int64_t fresh = begin == Begin::at_start ? 0 : *last;
  scanned_to_ = *noted > 0 ? *noted - 1 : fresh;
  settled_to_ = scanned_to_;
  noted_to_ = scanned_to_;
  if (*noted > 0) return {};
  return set_partition_note(*database_, kSweptTo, scanned_to_ + 1);
}

base::Result<bool> SweptDay::scan(std::size_t rows_max,
                                  const std::function<void(const SweptRecord&)>& take) {
  auto rows = database_->prepare(kNew);
  if (!rows) return rows.error();
  rows->bind(1, scanned_to_);
  SweptRecord record;
  std::string route;
  std::int64_t end = 0;  // of the record
  for (std::size_t count = 0;; ++count) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return false;
    const std::int64_t id = rows->integer(0);
    if (!rows->is_null(1)) {
      if (count >= rows_max) return true;
      record = {trace_of(*rows, 2), id, {}, rows->integer(11) != 0};
      route = rows->text(6);
      record.facts.route = route;
      record.facts.is_call = rows->text(3) == "request";
      record.facts.flagged = rows->integer(9) != 0;
      record.facts.duration_us = rows->integer(7);
      record.facts.cost = rows->integer(8);
      end = id + rows->integer(1) - 1;
    }
    add_span(*rows, record.facts);
    if (id != end) continue;
    undecided_.push_back({record.id, false});
    scanned_to_ = end;
    take(record);
  }
}

// Returns up to where everything is settled then.
std::int64_t SweptDay::settle(const std::vector<std::int64_t>& ids) {
  for (const std::int64_t id : ids) {
    const auto at =
        std::lower_bound(undecided_.begin(), undecided_.end(), id,
                         [](const Undecided& one, std::int64_t i) { return one.id < i; });
    if (at != undecided_.end() && at->id == id) at->is_settled = true;
  }
  while (!undecided_.empty() && undecided_.front().is_settled) undecided_.pop_front();
  return undecided_.empty() ? scanned_to_ : undecided_.front().id - 1;
}

base::Result<void> SweptDay::apply(const DayWork& work, const std::vector<Decided>& decided,
                                   const std::vector<std::pair<Day, std::int64_t>>& elsewhere) {
  const std::int64_t settled = settle(work.settled);
  const bool changes = !work.empty() || !decided.empty() || !elsewhere.empty();
  if (!changes && settled - noted_to_ < kNoteRows) {
    settled_to_ = settled;
    return {};
  }
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return transaction.error();
  auto done = work.dropped.empty() ? base::Result<void>() : keep_last_row(*database_);
  if (done) done = drop(work.dropped);
  if (done) done = note_kept(work.kept);
  if (done) done = note_decided(decided);
  if (done) done = note_elsewhere(elsewhere);
  if (done) done = set_partition_note(*database_, kSweptTo, settled + 1);
  if (!done) return done;
  const auto committed = transaction->commit();
  if (committed) settled_to_ = noted_to_ = settled;
  return committed;
}

base::Result<void> SweptDay::drop(const std::vector<std::int64_t>& ids) {
  if (ids.empty()) return {};
  auto head = database_->prepare(
      "INSERT INTO dead (segment, offset, bytes) SELECT log_segment, log_offset, log_bytes"
      " FROM spans WHERE id = ? AND log_bytes > 0");
  if (!head) return head.error();
  constexpr std::array<std::string_view, 3> kDeletes{
      "DELETE FROM failed_calls WHERE id = ?",
      "DELETE FROM tool_spans WHERE id BETWEEN ?1 AND"
      " ?1 + (SELECT span_count FROM spans WHERE id = ?1) - 1",
      "DELETE FROM spans WHERE id BETWEEN ?1 AND"
      " ?1 + (SELECT span_count FROM spans WHERE id = ?1) - 1"};
  std::vector<Statement> statements;
  statements.push_back(std::move(*head));
  for (const auto sql : kDeletes) {
    auto statement = database_->prepare(sql);
    if (!statement) return statement.error();
    statements.push_back(std::move(*statement));
  }
  for (const std::int64_t id : ids) {
    for (Statement& statement : statements) {
      statement.bind(1, id);
      const auto done = statement.run();
      if (!done) return done;
    }
  }
  return {};
}

base::Result<void> SweptDay::note_kept(const std::vector<DayWork::Kept>& kept) {
  if (kept.empty()) return {};
  auto insert = database_->prepare("INSERT OR IGNORE INTO sampled VALUES (?, ?, ?)");
  if (!insert) return insert.error();
  for (const DayWork::Kept& one : kept) {
    insert->bind(1, one.id);
    insert->bind(2, std::int64_t{one.ppm});
    insert->bind(3, name(one.reason));
    const auto done = insert->run();
    if (!done) return done;
  }
  return {};
}

base::Result<void> SweptDay::note_decided(const std::vector<Decided>& decided) {
  if (decided.empty()) return {};
  auto insert = database_->prepare("INSERT INTO decided (traces) VALUES (?)");
  if (!insert) return insert.error();
  const auto bytes = encode(decided);
  insert->bind_blob(1, bytes);
  const auto done = insert->run();
  if (!done) return done;
  return prune_decided();
}

// Those that would not be read back anyway.
base::Result<void> SweptDay::prune_decided() {
  const auto newest = database_->integer("SELECT max(id) FROM decided");
  if (!newest) return newest.error();
  if (*newest % kPruneEvery != 0) return {};
  return run(*database_,
             "DELETE FROM decided WHERE id <= (SELECT max(id) FROM (SELECT id, sum(length(traces))"
             " OVER (ORDER BY id DESC) AS bytes FROM decided) WHERE bytes > ?)",
             {static_cast<std::int64_t>((DecidedTraces::kMax + kNoteRows) * kDecidedBytes)});
}

base::Result<void> SweptDay::note_elsewhere(const std::vector<std::pair<Day, std::int64_t>>& rows) {
  for (const auto& [day, row] : rows) {
    const auto done =
        run(*database_, "INSERT INTO unfinished (day, row) VALUES (?, ?)", {day, row});
    if (!done) return done;
  }
  return {};
}

base::Result<void> SweptDay::clear_unfinished() {
  return database_->execute("DELETE FROM unfinished");
}

base::Result<std::vector<std::pair<Day, std::int64_t>>> SweptDay::unfinished() {
  auto rows = database_->prepare("SELECT day, row FROM unfinished");
  if (!rows) return rows.error();
  std::vector<std::pair<Day, std::int64_t>> out;
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return out;
    out.emplace_back(rows->integer(0), rows->integer(1));
  }
}

base::Result<LogPlace> SweptDay::place_of(std::int64_t id) {
  auto row =
      database_->prepare("SELECT log_segment, log_offset, log_bytes FROM spans WHERE id = ?");
  if (!row) return row.error();
  row->bind(1, id);
  const auto found = row->step();
  if (!found) return found.error();
  return *found ? LogPlace{row->integer(0), row->integer(1), row->integer(2)} : LogPlace{};
}

base::Result<bool> SweptDay::free_content(std::size_t places_max, std::uint64_t& bytes_freed) {
  auto rows = database_->prepare("SELECT id, segment, offset, bytes FROM dead ORDER BY id LIMIT ?");
  if (!rows) return rows.error();
  rows->bind(1, static_cast<std::int64_t>(places_max));
  std::vector<LogPlace> places;
  std::int64_t last = 0;
  std::uint64_t bytes = 0;
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) break;
    last = rows->integer(0);
    places.push_back({rows->integer(1), rows->integer(2), rows->integer(3)});
    bytes += static_cast<std::uint64_t>(places.back().bytes);
  }
  if (places.empty()) return false;
  const bool more = places.size() == places_max;
  const auto erased = erase_content(folder_, std::move(places));
  if (!erased) return erased.error();
  const auto done = run(*database_, "DELETE FROM dead WHERE id <= ?", {last});
  if (!done) return done.error();
  bytes_freed += bytes;
  return more;
}

base::Result<void> SweptDay::finish() { return set_partition_note(*database_, kOver, 1); }

base::Result<void> SweptDay::forget() {
  auto remove = database_->prepare("DELETE FROM notes WHERE name = ?");
  if (!remove) return remove.error();
  remove->bind(1, std::string_view(kSweptTo));
  return remove->run();
}

base::Result<void> SweptDay::add_flagged(const base::TraceId& trace) {
  auto insert = database_->prepare("INSERT OR IGNORE INTO flagged_traces VALUES (?)");
  if (!insert) return insert.error();
  insert->bind_blob(1, trace.bytes);
  return insert->run();
}

base::Result<std::vector<base::TraceId>> SweptDay::flagged() {
  auto rows = database_->prepare("SELECT trace_id FROM flagged_traces");
  if (!rows) return rows.error();
  std::vector<base::TraceId> out;
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return out;
    out.push_back(trace_of(*rows, 0));
  }
}

base::Result<std::vector<Decided>> SweptDay::decided(std::size_t count) {
  auto rows = database_->prepare("SELECT traces FROM decided ORDER BY id DESC");
  if (!rows) return rows.error();
  std::vector<Decided> out;
  while (out.size() < count) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) break;
    auto round = decode_decided(rows->blob(0));
    out.insert(out.end(), round.rbegin(), round.rend());
  }
  return out;
}

base::Result<SweptBefore> look_at_day(const std::string& folder, Day day) {
  SweptBefore out;
  auto partition = open_partition_to_read(folder, day);
  if (!partition && partition.error().code == base::Errc::not_found) return out;
  if (!partition) return partition.error();
  const auto version = partition->integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version < 2) return out;
  const auto noted = partition_note(*partition, kSweptTo);
  if (!noted) return noted.error();
  const auto over = partition_note(*partition, kOver);
  if (!over) return over.error();
  const auto left =
      partition->integer("SELECT EXISTS (SELECT 1 FROM dead) + EXISTS (SELECT 1 FROM unfinished)");
  if (!left) return left.error();
  out.over = *over != 0;
  out.swept = *noted > 0 && !out.over;
  out.has_leavings = *left > 0;
  return out;
}

}  // namespace headgate::storage
