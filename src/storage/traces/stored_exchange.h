// An exchange read back from the store. Owns what its record's views point at; moving it leaves
// them valid.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/partitions/record_log.h"
#include "storage/sqlite.h"
#include "telemetry/span_codec.h"

namespace headgate::storage {

class StoredExchange {
 public:
  /// From a row of kSpanColumns, kHeadColumns and kSampledColumns: one span, without content.
  static StoredExchange from_head(Statement& row);

  const telemetry::ExchangeRecord& record() const { return parts_->record; }
  std::int64_t row_id() const { return row_id_; }
  std::int64_t span_count() const { return span_count_; }

  /// Replaces the record by the whole one: all spans, prompts and completions, from the record log.
  /// On failure everything stays as it was.
  base::Result<void> load(const std::string& folder);

  /// Adds a span from a row of kSpanColumns, for when the log has lost the record.
  void add_span(Statement& row);

 private:
  struct Parts {  // stands still
    telemetry::ExchangeRecord record;
    std::vector<telemetry::Span> spans;
    std::deque<std::string> texts;
    std::vector<std::byte> framed;
    telemetry::ExchangeDecoder decoder;
  };
  std::string_view keep(std::string_view text);
  telemetry::Span read_span(Statement& row);

  std::unique_ptr<Parts> parts_ = std::make_unique<Parts>();
  std::int64_t row_id_ = 0;
  std::int64_t span_count_ = 0;
  LogPlace place_;
};

// Columns in the order that add_span() and from_head() expect.
inline constexpr const char* kSpanColumns =
    "span_id, parent_id, kind, name, start_us, duration_us, ttft_us, error, error_message,"
    " http_status, attempt, streamed, provider, model_requested, model_served, response_id,"
    " finish_reason, tokens_input, tokens_cached, tokens_cache_write, tokens_output,"
    " tokens_reasoning, cost_picodollars, unpriced";
inline constexpr const char* kHeadColumns =
    "id, trace_id, span_count, log_segment, log_offset, log_bytes, request_id, user, session,"
    " workflow, tenant, tier, key_id, route, release";
inline constexpr const char* kSampledColumns =
    "(SELECT ppm FROM sampled WHERE sampled.id = spans.id),"
    " (SELECT reason FROM sampled WHERE sampled.id = spans.id)";

}  // namespace headgate::storage
