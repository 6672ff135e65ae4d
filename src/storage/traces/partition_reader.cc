#include "storage/traces/partition_reader.h"

#include <algorithm>
#include <utility>

#include "storage/partitions/schema.h"
#include "storage/query/trace_keys.h"
#include "storage/text/text_index.h"

namespace headgate::storage {
namespace {

std::string select_heads() {
  return std::string("SELECT ") + kSpanColumns + ", " + kHeadColumns + ", " + kSampledColumns +
         " FROM spans";
}

// The rows of calls that fit, from one id to another.
std::string select_fitting(const query::Sql& sql, bool failed, const char* order) {
  std::string text = "SELECT h.id, h.start_us FROM ";
  text += failed ? "failed_calls AS f CROSS JOIN spans AS h NOT INDEXED ON h.id = f.id"
                   " WHERE f.id BETWEEN ? AND ?"
                 : "spans AS h NOT INDEXED WHERE h.id BETWEEN ? AND ? AND h.span_count IS NOT NULL";
  return text + " AND " + sql.condition + (failed ? " ORDER BY f.id " : " ORDER BY h.id ") + order;
}

void bind_all(Statement& statement, const std::vector<query::Sql::Parameter>& parameters) {
  int index = 2;
  for (const auto& parameter : parameters) {
    ++index;
    if (const auto* const text = std::get_if<std::string>(&parameter)) {
      statement.bind(index, std::string_view(*text));
    } else {
      statement.bind(index, std::get<std::int64_t>(parameter));
    }
  }
}

}  // namespace

PartitionReader::PartitionReader(std::string folder, Day day, std::unique_ptr<Database> database)
    : folder_(std::move(folder)), day_(day), database_(std::move(database)) {}

base::Result<PartitionReader> PartitionReader::open(const std::string& folder, Day day) {
  auto opened = open_partition_to_read(folder, day);
  if (!opened) return opened.error();
  auto database = std::make_unique<Database>(std::move(*opened));
  const auto begun = database->execute("BEGIN");
  if (!begun) return begun.error();
  return PartitionReader(folder, day, std::move(database));
}

base::Result<std::int64_t> PartitionReader::last_id() { return last_row(*database_); }

base::Result<std::int64_t> PartitionReader::first_id_since(std::int64_t unix_us) {
  auto select = database_->prepare("SELECT max(id) + 1 FROM blocks WHERE newest_us < ?");
  if (!select) return select.error();
  select->bind(1, unix_us);
  const auto row = select->step();
  if (!row) return row.error();
  return select->integer(0) << query::kBlockBits;
}

// Those that were not finished, because they are being filled or a process died, come first: nobody
// knows what is in them.
base::Result<std::vector<PartitionReader::Block>> PartitionReader::blocks() {
  const auto first = database_->integer("SELECT min(id) FROM spans");
  if (!first) return first.error();
  const auto last = last_id();
  if (!last) return last.error();
  auto rows = database_->prepare(
      "SELECT id, calls, errors, oldest_us, newest_us, latency_max_us, cost_max FROM blocks"
      " ORDER BY newest_us DESC");
  if (!rows) return rows.error();
  std::vector<Block> known;
  std::vector<bool> seen(static_cast<std::size_t>((*last >> query::kBlockBits) + 1));
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) break;
    const std::int64_t id = rows->integer(0);
    known.push_back({id,
                     true,
                     {rows->integer(1), rows->integer(2), rows->integer(3), rows->integer(4),
                      rows->integer(5), rows->integer(6)}});
    if (id >= 0 && static_cast<std::size_t>(id) < seen.size()) {
      seen[static_cast<std::size_t>(id)] = true;
    }
  }
  std::vector<Block> all;
  for (std::int64_t id = *last >> query::kBlockBits; id >= *first >> query::kBlockBits; --id) {
    if (*last > 0 && !seen[static_cast<std::size_t>(id)]) all.push_back({id, false, {}});
  }
  all.insert(all.end(), known.begin(), known.end());
  return all;
}

base::Result<bool> PartitionReader::filtered_out(const Block& block,
                                                 const query::Expression& expression,
                                                 Statement& filter) {
  filter.bind(1, block.id);
  const auto row = filter.step();
  if (!row) return row.error();
  const bool may = !*row || query::may_hold(expression, {block.bounds, filter.blob(0)});
  filter.reset();
  return !may;
}

// Of a block only the chunks where the words may be that must be there.
base::Result<void> PartitionReader::look_into(const Block& block, const text::TextSearch& texts,
                                              const std::vector<query::TextTerm>& needed,
                                              Statement& rows, NewestCalls& newest) {
  constexpr int kShift = query::kBlockBits - text::kChunkBits;
  const std::int64_t end = (block.id + 1) << kShift;
  for (std::int64_t chunk = block.id << kShift; chunk < end;) {
    std::int64_t after = chunk;
    while (after < end && texts.may_hold(needed, after)) ++after;
    if (after > chunk) {
      const auto looked =
          look_between(chunk << text::kChunkBits, (after << text::kChunkBits) - 1, rows, newest);
      if (!looked) return looked;
    }
    chunk = after + 1;
  }
  return {};
}

base::Result<void> PartitionReader::look_between(std::int64_t first, std::int64_t last,
                                                 Statement& rows, NewestCalls& newest) {
  rows.bind(1, first);
  rows.bind(2, last);
  for (;;) {
    const auto row = rows.step();
    if (!row) return row.error();
    if (!*row) break;
    newest.add({rows.integer(1), day_, rows.integer(0)});
  }
  rows.reset();
  return {};
}

base::Result<void> PartitionReader::search(const query::Expression& expression,
                                           text::ScanLimit& limit, NewestCalls& newest) {
  const query::Sql sql = query::to_sql(expression);
  text::TextSearch texts(folder_, day_, sql.texts, limit);
  const auto served = texts.serve(*database_);
  if (!served) return served;
  auto rows = database_->prepare(select_fitting(sql, query::needs_error(expression), "DESC"));
  if (!rows) return rows.error();
  bind_all(*rows, sql.parameters);
  auto filter = database_->prepare("SELECT filter FROM blocks WHERE id = ?");
  if (!filter) return filter.error();
  const auto all = blocks();
  if (!all) return all.error();
  const bool filters = query::asks_filter(expression);
  const auto needed = query::needed_texts(expression);
  for (const Block& block : *all) {
    if (block.known && newest.complete_at(block.bounds.newest_us)) break;
    if (block.known && !query::may_hold(expression, {block.bounds, {}})) continue;
    if (block.known && filters) {
      const auto out = filtered_out(block, expression, *filter);
      if (!out) return out.error();
      if (*out) continue;
    }
    const auto looked = look_into(block, texts, needed, *rows, newest);
    if (!looked) return looked;
  }
  return {};
}

base::Result<std::vector<std::int64_t>> PartitionReader::following(
    std::int64_t after, const query::Expression& expression, text::ScanLimit& limit,
    std::int64_t count) {
  const query::Sql sql = query::to_sql(expression);
  text::TextSearch texts(folder_, day_, sql.texts, limit);
  const auto served = texts.serve(*database_);
  if (!served) return served.error();
  auto rows = database_->prepare(select_fitting(sql, false, "ASC"));
  if (!rows) return rows.error();
  bind_all(*rows, sql.parameters);
  rows->bind(1, after + 1);
  rows->bind(2, INT64_MAX);
  std::vector<std::int64_t> ids;
  while (static_cast<std::int64_t>(ids.size()) < count) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) break;
    ids.push_back(rows->integer(0));
  }
  return ids;
}

base::Result<StoredExchange> PartitionReader::head(std::int64_t id) {
  auto row = database_->prepare(select_heads() + " WHERE id = ?");
  if (!row) return row.error();
  row->bind(1, id);
  const auto read = row->step();
  if (!read) return read.error();
  if (!*read) return base::fail(base::Errc::not_found, database_->path() + ": a row is gone");
  return StoredExchange::from_head(*row);
}

base::Result<std::vector<StoredExchange>> PartitionReader::find(const base::TraceId& low,
                                                                const base::TraceId& high,
                                                                std::int64_t count) {
  auto keys = database_->prepare("SELECT traces FROM blocks WHERE id = ?");
  if (!keys) return keys.error();
  const auto all = blocks();
  if (!all) return all.error();
  std::vector<std::int64_t> ids;
  for (const Block& block : *all) {
    const auto added = block.known ? add_listed(block.id, low, high, *keys, ids)
                                   : add_unlisted(block.id, low, high, ids);
    if (!added) return added.error();
  }
  std::sort(ids.begin(), ids.end());
  std::vector<StoredExchange> found;
  for (const std::int64_t id : ids) {
    if (static_cast<std::int64_t>(found.size()) == count) break;
    auto exchange = head(id);
    if (!exchange && exchange.error().code == base::Errc::not_found) continue;  // sampled away
    if (!exchange) return exchange.error();
    const base::TraceId& trace = exchange->record().trace;
    if (trace >= low && trace <= high) found.push_back(std::move(*exchange));
  }
  return found;
}

base::Result<void> PartitionReader::add_listed(std::int64_t block, const base::TraceId& low,
                                               const base::TraceId& high, Statement& keys,
                                               std::vector<std::int64_t>& ids) {
  keys.bind(1, block);
  const auto row = keys.step();
  if (!row) return row.error();
  if (*row) {
    for (const std::uint16_t at : query::TraceKeys::rows_between(keys.blob(0), low, high)) {
      ids.push_back((block << query::kBlockBits) + at);
    }
  }
  keys.reset();
  return {};
}

base::Result<void> PartitionReader::add_unlisted(std::int64_t block, const base::TraceId& low,
                                                 const base::TraceId& high,
                                                 std::vector<std::int64_t>& ids) {
  auto rows = database_->prepare(
      "SELECT id FROM spans NOT INDEXED WHERE id BETWEEN ? AND ? AND span_count IS NOT NULL"
      " AND trace_id BETWEEN ? AND ?");
  if (!rows) return rows.error();
  rows->bind(1, block << query::kBlockBits);
  rows->bind(2, ((block + 1) << query::kBlockBits) - 1);
  rows->bind_blob(3, low.bytes);
  rows->bind_blob(4, high.bytes);
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return {};
    ids.push_back(rows->integer(0));
  }
}

base::Result<void> PartitionReader::load_rows(StoredExchange& exchange) {
  auto rows = database_->prepare(std::string("SELECT ") + kSpanColumns +
                                 " FROM spans WHERE id > ? AND id < ? ORDER BY id");
  if (!rows) return rows.error();
  rows->bind(1, exchange.row_id());
  rows->bind(2, exchange.row_id() + exchange.span_count());
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return {};
    exchange.add_span(*rows);
  }
}

}  // namespace headgate::storage
