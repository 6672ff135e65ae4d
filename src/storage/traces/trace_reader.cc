#include "storage/traces/trace_reader.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <queue>
#include <utility>

#include "base/text/strings.h"
#include "storage/migrations.h"
#include "storage/traces/span_table.h"

namespace headgate::storage {
namespace {

// Rows stand in the order in which calls ended, journals apart: nothing that far behind is newer.
constexpr std::int64_t kDisorderUs = 2'000'000;
constexpr std::int64_t kExchangesMax = 1000;  // of one trace

struct Condition {
  const char* sql;
  std::string_view value;
};

std::vector<Condition> conditions(const TraceFilter& filter) {
  std::vector<Condition> all;
  if (filter.status == "ok") {
    all.push_back({" AND error IS NULL", {}});
  } else if (filter.status == "error") {
    all.push_back({" AND error IS NOT NULL", {}});
  } else if (!filter.status.empty()) {
    all.push_back({" AND error = ?", filter.status});
  }
  if (!filter.model.empty()) {
    all.push_back({" AND ? IN (model_requested, model_served)", filter.model});
  }
  if (!filter.user.empty()) all.push_back({" AND user = ?", filter.user});
  if (!filter.session.empty()) all.push_back({" AND session = ?", filter.session});
  if (!filter.route.empty()) all.push_back({" AND route = ?", filter.route});
  return all;
}

std::string select_heads() {
  return std::string("SELECT ") + kSpanColumns + ", " + kHeadColumns + " FROM spans";
}

// The 40 bits of a trace id that stand in the index.
std::int64_t low_key(const base::TraceId& trace) { return trace_key(0, trace); }

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

base::TraceId padded(std::string prefix, char digit) {
  base::TraceId id;
  prefix.resize(id.bytes.size() * 2, digit);
  // from_hex() refuses the id of zeros, which is what is wanted then.
  return base::TraceId::from_hex(prefix).value_or(id);
}

base::Error not_found(std::string_view prefix) {
  return base::fail(base::Errc::not_found, "no trace whose id begins with \"" +
                                               std::string(prefix) +
                                               "\"; `headgate trace ls` lists the newest");
}

// The `limit` exchanges that began last, of rows that come only roughly in the order of their ends.
class NewestFirst {
 public:
  explicit NewestFirst(std::size_t limit) : limit_(limit) {}

  /// Whether no exchange that began at or before `unix_us` can belong to them any more.
  bool complete_at(std::int64_t unix_us) const {
    return limit_ == 0 || (starts_.size() == limit_ && starts_.top() >= unix_us);
  }
  void add(StoredExchange exchange) {
    starts_.push(start_of(exchange));
    if (starts_.size() > limit_) starts_.pop();
    kept_.push_back(std::move(exchange));
  }
  std::vector<StoredExchange> take() && {
    std::stable_sort(kept_.begin(), kept_.end(),
                     [](const auto& a, const auto& b) { return start_of(a) > start_of(b); });
    while (kept_.size() > limit_) kept_.pop_back();
    return std::move(kept_);
  }

 private:
  static std::int64_t start_of(const StoredExchange& exchange) {
    return exchange.record().spans.front().start_unix_us;
  }

  std::size_t limit_;
  std::priority_queue<std::int64_t, std::vector<std::int64_t>, std::greater<>> starts_;
  std::vector<StoredExchange> kept_;
};

}  // namespace

TraceReader::TraceReader(std::string folder, Database database)
    : folder_(std::move(folder)), database_(std::move(database)) {}

base::Result<TraceReader> TraceReader::open(const std::string& folder) {
  const std::string path = database_path(folder);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return base::fail(base::Errc::not_found,
                      path + ": no such database; a server with this storage folder creates it");
  }
  auto database = Database::open(path, Database::Access::read_only);
  if (!database) return database.error();
  const auto checked = check_schema(*database);
  if (!checked) return checked.error();
  return TraceReader(folder, std::move(*database));
}

base::Result<std::vector<StoredExchange>> TraceReader::list(const TraceFilter& filter) {
  const auto all = conditions(filter);
  std::string sql = select_heads() + " NOT INDEXED WHERE trace_key IS NOT NULL";
  for (const Condition& condition : all) sql += condition.sql;
  auto statement = database_.prepare(sql + " ORDER BY id DESC");
  if (!statement) return statement.error();
  int parameter = 0;
  for (const Condition& condition : all) {
    if (!condition.value.empty()) statement->bind(++parameter, condition.value);
  }
  NewestFirst newest(static_cast<std::size_t>(std::max<std::int64_t>(filter.limit, 0)));
  while (true) {
    const auto row = statement->step();
    if (!row) return row.error();
    if (!*row) break;
    StoredExchange exchange = StoredExchange::from_head(*statement);
    const telemetry::Span& head = exchange.record().spans.front();
    const std::int64_t newest_unseen_us = telemetry::end_unix_us(head) + kDisorderUs;
    if (newest_unseen_us < filter.since_unix_us || newest.complete_at(newest_unseen_us)) break;
    if (head.start_unix_us >= filter.since_unix_us) newest.add(std::move(exchange));
  }
  return std::move(newest).take();
}

base::Result<Trace> TraceReader::get(std::string_view prefix) {
  const std::string wanted = base::to_lower(prefix);
  if (wanted.empty() || wanted.size() > 32 || !is_hex(wanted)) {
    return base::fail(
        base::Errc::invalid_request,
        "a trace id is up to 32 hexadecimal digits, not \"" + std::string(prefix) + "\"");
  }
  auto found = find(padded(wanted, '0'), padded(wanted, 'f'));
  if (!found) return found.error();
  if (found->empty()) return not_found(prefix);
  Trace trace;
  trace.id = found->front().record().trace;
  for (StoredExchange& exchange : *found) {
    const base::TraceId& other = exchange.record().trace;
    if (other != trace.id) {
      return base::fail(base::Errc::invalid_request, "several traces begin with \"" +
                                                         std::string(prefix) + "\", among them " +
                                                         trace.id.hex() + " and " + other.hex());
    }
    if (!exchange.load(folder_)) {
      ++trace.without_content;
      const auto loaded = load_rows(exchange);
      if (!loaded) return loaded.error();
    }
  }
  trace.exchanges = std::move(*found);
  return trace;
}

base::Result<std::vector<StoredExchange>> TraceReader::find(const base::TraceId& low,
                                                            const base::TraceId& high) {
  constexpr std::string_view sql =
      "WITH RECURSIVE buckets (n) AS (SELECT (SELECT min(id) FROM spans) >> ?1 UNION ALL"
      " SELECT n + 1 FROM buckets WHERE n < (SELECT max(id) FROM spans) >> ?1)"
      " SELECT spans.id FROM buckets CROSS JOIN spans INDEXED BY spans_by_trace ON trace_key IS "
      "NOT NULL"
      " AND trace_key BETWEEN (n << ?2) + ?3 AND (n << ?2) + ?4"
      " WHERE trace_id BETWEEN ?5 AND ?6 ORDER BY spans.id LIMIT ?7";
  auto ids = database_.prepare(sql);
  if (!ids) return ids.error();
  ids->bind(1, std::int64_t{kBucketBits});
  ids->bind(2, std::int64_t{kTraceKeyBits});
  ids->bind(3, low_key(low));
  ids->bind(4, low_key(high));
  ids->bind_blob(5, low.bytes);
  ids->bind_blob(6, high.bytes);
  ids->bind(7, kExchangesMax);
  auto head = database_.prepare(select_heads() + " WHERE id = ?");
  if (!head) return head.error();
  std::vector<StoredExchange> found;
  for (;;) {
    const auto row = ids->step();
    if (!row) return row.error();
    if (!*row) return found;
    head->bind(1, ids->integer(0));
    const auto read = head->step();
    if (!read) return read.error();
    if (*read) found.push_back(StoredExchange::from_head(*head));
    head->reset();
  }
}

base::Result<void> TraceReader::load_rows(StoredExchange& exchange) {
  auto rows = database_.prepare(std::string("SELECT ") + kSpanColumns +
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

base::Result<TraceTotals> TraceReader::totals() {
  auto statement = database_.prepare("SELECT sum(dropped), sum(damaged) FROM journals");
  if (!statement) return statement.error();
  const auto row = statement->step();
  if (!row) return row.error();
  return TraceTotals{statement->integer(0), statement->integer(1)};
}

}  // namespace headgate::storage
