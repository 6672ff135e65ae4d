#include "storage/traces/stored_exchange.h"

#include <algorithm>

#include "storage/journal/record_frame.h"

namespace headgate::storage {
namespace {

constexpr int kSpanColumnCount = 24;  // the head's own columns follow them

template <class Id>
Id read_id(Statement& row, int column) {
  Id id;
  const auto bytes = row.blob(column);
  if (bytes.size() == id.bytes.size()) std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

telemetry::SpanKind read_kind(std::string_view name) {
  for (std::size_t i = 0; i < telemetry::kSpanKindCount; ++i) {
    const auto kind = static_cast<telemetry::SpanKind>(i);
    if (telemetry::name(kind) == name) return kind;
  }
  return telemetry::SpanKind::request;
}

std::optional<base::Usage> read_usage(Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return base::Usage{row.integer(column), row.integer(column + 1), row.integer(column + 2),
                     row.integer(column + 3), row.integer(column + 4)};
}

}  // namespace

std::string_view StoredExchange::keep(std::string_view text) {
  if (text.empty()) return {};
  return parts_->texts.emplace_back(text);
}

telemetry::Span StoredExchange::read_span(Statement& row) {
  telemetry::Span span;
  span.id = read_id<base::SpanId>(row, 0);
  span.parent = read_id<base::SpanId>(row, 1);
  span.kind = read_kind(row.text(2));
  span.name = keep(row.text(3));
  span.start_unix_us = row.integer(4);
  span.duration_us = row.integer(5);
  span.ttft_us = row.optional_integer(6);
  span.error = telemetry::error_named(row.text(7));
  span.error_message = keep(row.text(8));
  span.http_status = static_cast<std::uint16_t>(row.integer(9));
  span.attempt = static_cast<std::uint16_t>(row.integer(10));
  span.streamed = row.integer(11) != 0;
  span.provider = keep(row.text(12));
  span.model_requested = keep(row.text(13));
  span.model_served = keep(row.text(14));
  span.response_id = keep(row.text(15));
  span.finish_reason = keep(row.text(16));
  span.usage = read_usage(row, 17);
  span.cost = row.optional_integer(22);
  span.unpriced = row.integer(23) != 0;
  return span;
}

void StoredExchange::add_span(Statement& row) {
  parts_->spans.push_back(read_span(row));
  parts_->record.spans = parts_->spans;
}

StoredExchange StoredExchange::from_head(Statement& row) {
  StoredExchange exchange;
  exchange.add_span(row);
  int column = kSpanColumnCount;
  exchange.row_id_ = row.integer(column++);
  telemetry::ExchangeRecord& record = exchange.parts_->record;
  record.trace = read_id<base::TraceId>(row, column++);
  exchange.span_count_ = row.integer(column++);
  exchange.place_ = {row.integer(column), row.integer(column + 1), row.integer(column + 2)};
  column += 3;
  for (std::string_view* const text :
       {&record.request_id, &record.user, &record.session, &record.workflow, &record.tenant,
        &record.tier, &record.key_id, &record.route, &record.release}) {
    *text = exchange.keep(row.text(column++));
  }
  if (!row.is_null(column)) {
    record.sampled = {static_cast<std::uint32_t>(row.integer(column)),
                      exchange.keep(row.text(column + 1))};
  }
  return exchange;
}

base::Result<void> StoredExchange::load(const std::string& folder) {
  auto bytes = read_log(folder, place_);
  if (!bytes) return bytes.error();
  const auto payload = intact_payload(*bytes);
  const auto record = payload ? parts_->decoder.decode(*payload) : std::nullopt;
  if (!record || record->trace != parts_->record.trace) {
    return base::fail(base::Errc::storage_failed,
                      segment_path(folder, place_.segment) + ": the record is damaged");
  }
  parts_->framed = std::move(*bytes);  // the heap block the views point into stays where it is
  const auto sampled = parts_->record.sampled;
  parts_->record = *record;
  parts_->record.sampled = sampled;
  return {};
}

}  // namespace headgate::storage
