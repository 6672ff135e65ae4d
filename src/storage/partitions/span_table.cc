#include "storage/partitions/span_table.h"

#include <utility>

#include "base/text/strings.h"
#include "storage/partitions/schema.h"
#include "telemetry/content/content_keys.h"

namespace headgate::storage {
namespace {

constexpr std::string_view kInsertChild =
    "INSERT INTO spans (id, trace_id, span_id, parent_id, kind, name, start_us, duration_us,"
    " ttft_us, error, error_message, http_status, attempt, streamed, provider, model_requested,"
    " model_served, response_id, finish_reason, tokens_input, tokens_cached, tokens_cache_write,"
    " tokens_output, tokens_reasoning, cost_picodollars, unpriced, attributes) VALUES"
    " (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
constexpr std::string_view kInsertHead =
    "INSERT INTO spans (id, trace_id, span_id, parent_id, kind, name, start_us, duration_us,"
    " ttft_us, error, error_message, http_status, attempt, streamed, provider, model_requested,"
    " model_served, response_id, finish_reason, tokens_input, tokens_cached, tokens_cache_write,"
    " tokens_output, tokens_reasoning, cost_picodollars, unpriced, attributes,"
    " span_count, log_segment, log_offset, log_bytes, request_id, user, session, "
    "workflow,"
    " tenant, tier, key_id, route, release)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

// Binds one column after the other; what is empty or zero where that means "none" becomes NULL.
// Most columns are NULL in most rows: what is so already is not bound again.
class Row {
 public:
  Row(Statement& statement, std::uint64_t& bound) : statement_(statement), bound_(bound) {}
  Row& put(std::int64_t value) {
    note();
    return statement_.bind(column_, value), *this;
  }
  Row& put(std::string_view text) {
    if (text.empty()) return put_null();
    note();
    return statement_.bind(column_, text), *this;
  }
  Row& put(const std::optional<std::int64_t>& value) { return value ? put(*value) : put_null(); }
  Row& put_nonzero(std::int64_t value) { return value != 0 ? put(value) : put_null(); }
  template <std::size_t N>
  Row& put(const base::Id<N>& id) {
    note();
    return statement_.bind_blob(column_, id.bytes), *this;
  }
  template <std::size_t N>
  Row& put_nonempty(const base::Id<N>& id) {
    return id.empty() ? put_null() : put(id);
  }
  Row& put_null() {
    const std::uint64_t bit = std::uint64_t{1} << ++column_;
    if ((bound_ & bit) != 0) statement_.bind_null(column_);
    bound_ &= ~bit;
    return *this;
  }

 private:
  void note() { bound_ |= std::uint64_t{1} << ++column_; }

  Statement& statement_;
  std::uint64_t& bound_;
  int column_ = 0;
};

void put_usage(Row& row, const std::optional<base::Usage>& usage) {
  if (!usage) {
    for (int i = 0; i < 5; ++i) row.put_null();
    return;
  }
  row.put(usage->input).put(usage->cached).put(usage->cache_write);
  row.put(usage->output).put(usage->reasoning);
}

void put_span(Row& row, std::int64_t id, const base::TraceId& trace, const telemetry::Span& span,
              std::string_view attributes) {
  row.put(id).put(trace).put(span.id).put_nonempty(span.parent);
  row.put(telemetry::name(span.kind)).put(span.name);
  row.put(span.start_unix_us).put(span.duration_us).put(span.ttft_us);
  row.put(span.error ? base::row(*span.error).name : std::string_view{}).put(span.error_message);
  row.put_nonzero(span.http_status).put_nonzero(span.attempt).put(std::int64_t{span.streamed});
  row.put(span.provider).put(span.model_requested).put(span.model_served);
  row.put(span.response_id).put(span.finish_reason);
  put_usage(row, span.usage);
  row.put(span.cost).put(std::int64_t{span.unpriced}).put(attributes);
}

// Content stands in the record log alone, and goes with it.
void write_json(std::string& out, std::span<const telemetry::Attribute> attributes) {
  out.clear();
  for (const auto& attribute : attributes) {
    if (telemetry::is_content_key(attribute.key)) continue;
    out += out.empty() ? '{' : ',';
    base::append_json_string(out, attribute.key);
    out += ':';
    base::append_json_string(out, attribute.value);
  }
  if (!out.empty()) out += '}';
}

}  // namespace

SpanTable::SpanTable(Database& database, Statement head, Statement child, Names names)
    : database_(database),
      head_{std::move(head)},
      child_{std::move(child)},
      names_(std::move(names)) {}

base::Result<SpanTable> SpanTable::open(Database& database) {
  auto head = database.prepare(kInsertHead);
  if (!head) return head.error();
  auto child = database.prepare(kInsertChild);
  if (!child) return child.error();
  auto block = database.prepare("INSERT OR REPLACE INTO blocks VALUES (?,?,?,?,?,?,?,?,?)");
  if (!block) return block.error();
  auto failed = database.prepare("INSERT INTO failed_calls VALUES (?)");
  if (!failed) return failed.error();
  auto tool = database.prepare("INSERT INTO tool_spans VALUES (?)");
  if (!tool) return tool.error();
  SpanTable table(database, std::move(*head), std::move(*child),
                  {std::move(*failed), std::move(*tool), std::move(*block)});
  const auto counted = table.rolled_back();
  if (!counted) return counted.error();
  return table;
}

base::Result<void> SpanTable::rolled_back() {
  const auto last = last_row(database_);
  if (!last) return last.error();
  next_id_ = *last == 0 ? 1 : ((*last >> query::kBlockBits) + 1) << query::kBlockBits;
  builder_->clear();
  return {};
}

base::Result<void> SpanTable::finish_block() {
  const query::BlockBounds& bounds = builder_->bounds();
  if (bounds.calls == 0) return {};
  names_.block.bind(1, (next_id_ - 1) >> query::kBlockBits);
  int column = 2;
  for (const std::int64_t value : {bounds.calls, bounds.errors, bounds.oldest_us, bounds.newest_us,
                                   bounds.latency_max_us, bounds.cost_max}) {
    names_.block.bind(column++, value);
  }
  names_.block.bind_blob(column++, builder_->traces());
  names_.block.bind_blob(column, builder_->filter().bytes());
  const auto written = names_.block.run();
  if (!written) return written;
  builder_->clear();
  next_id_ = (((next_id_ - 1) >> query::kBlockBits) + 1) << query::kBlockBits;
  return {};
}

// A call whose rows go over the end of a block belongs to the block of its first.
base::Result<void> SpanTable::insert(const telemetry::ExchangeRecord& record,
                                     const LogPlace& place) {
  builder_->add(record, next_id_);
  const std::int64_t block = next_id_ >> query::kBlockBits;
  auto inserted = insert_names(record);
  if (inserted) inserted = insert_rows(record, place);
  if (!inserted || next_id_ >> query::kBlockBits == block) return inserted;
  const std::int64_t next = next_id_;
  next_id_ = (block + 1) << query::kBlockBits;
  const auto finished = finish_block();
  next_id_ = next;
  return finished;
}

base::Result<void> SpanTable::insert_names(const telemetry::ExchangeRecord& record) {
  if (record.spans.front().error) {
    names_.failed.bind(1, next_id_);
    const auto named = names_.failed.run();
    if (!named) return named;
  }
  for (std::size_t i = 0; i < record.spans.size(); ++i) {
    if (record.spans[i].kind != telemetry::SpanKind::tool) continue;
    names_.tool.bind(1, next_id_ + static_cast<std::int64_t>(i));
    const auto named = names_.tool.run();
    if (!named) return named;
  }
  return {};
}

base::Result<void> SpanTable::insert_rows(const telemetry::ExchangeRecord& record,
                                          const LogPlace& place) {
  bool first = true;
  for (const telemetry::Span& span : record.spans) {
    Insert& insert = first ? head_ : child_;
    Row row(insert.statement, insert.bound);
    write_json(attributes_, span.attributes);
    put_span(row, next_id_, record.trace, span, attributes_);
    if (first) {
      row.put(static_cast<std::int64_t>(record.spans.size()));
      row.put(place.segment).put(place.offset).put(place.bytes);
      row.put(record.request_id).put(record.user).put(record.session).put(record.workflow);
      row.put(record.tenant).put(record.tier).put(record.key_id);
      row.put(record.route).put(record.release);
    }
    first = false;
    const auto inserted = insert.statement.run();
    if (!inserted) return inserted;
    ++next_id_;
  }
  return {};
}

}  // namespace headgate::storage
