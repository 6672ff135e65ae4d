// The table from attributes to fields: under which keys each convention says what we have a field
// for. Where a span has several of a field, the one that stands first in the table counts. Data;
// golden files in tests/golden/otlp show what comes of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace headgate::telemetry {

enum class IngestField : std::uint8_t {
  headgate_kind,
  langfuse_type,
  openinference_kind,
  operation,
  traceloop_kind,
  vercel_operation,
  provider,
  model_requested,
  model_served,
  response_id,
  finish_reason,
  streamed,
  ttft_s,
  ttft_ms,
  tokens_input,
  tokens_output,
  tokens_cached,
  tokens_cache_write,
  tokens_reasoning,
  usage_details,
  cost_picodollars,
  cost_usd,
  cost_details,
  tool_name,
  agent_name,
  workflow_name,
  entity_name,
  input,
  output,
  user,
  session,
  workflow,
  release,
  http_status,
  error_type,
  error_message,
};
inline constexpr std::size_t kIngestFieldCount =
    static_cast<std::size_t>(IngestField::error_message) + 1;

struct IngestRow {
  IngestField field;
  std::uint16_t rank;  // lower counts first
};

/// Nothing for a key that no field is read from.
std::optional<IngestRow> ingest_row(std::string_view key);

}  // namespace headgate::telemetry
