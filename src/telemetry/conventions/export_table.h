// The table from spans to attributes: a row says under which key a field of a span leaves, of which
// kinds of span and in which profiles. What a field's value is stands in fields.cc. Data; golden
// files in tests/golden/otlp show what comes of it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "telemetry/conventions/profile.h"
#include "telemetry/span.h"

namespace headgate::telemetry {

/// What of a span and its record an attribute says. Fields without a value are left out.
enum class Field : std::uint8_t {
  kind,
  operation,
  provider,
  model_requested,
  model_served,
  model,  // served, else requested
  response_id,
  finish_reason,
  finish_reasons,  // the same as an array
  streamed,        // only where it is true
  ttft_s,
  first_token_time,  // RFC 3339
  tokens_input,
  tokens_output,
  tokens_total,
  tokens_cached,
  tokens_cache_write,
  tokens_reasoning,
  usage_details,  // disjoint buckets as a JSON object
  cost_picodollars,
  cost_usd,
  cost_details,  // a JSON object
  unpriced,      // only where it is true
  error,
  error_level,
  error_message,
  http_status,
  attempt,
  name,
  input,
  output,
  input_mime_type,
  output_mime_type,
  input_messages,  // as GenAI's message JSON
  output_messages,
  user,
  session,
  workflow,
  release,
  tenant,
  tier,
  key_id,
  route,
  request_id,
  langfuse_type,
  openinference_kind,
};

using KindSet = std::uint32_t;
constexpr KindSet set_of(SpanKind kind) { return KindSet{1} << static_cast<int>(kind); }
using ProfileSet = std::uint8_t;
constexpr ProfileSet set_of(Profile profile) {
  return static_cast<ProfileSet>(1 << static_cast<int>(profile));
}

struct ExportRow {
  std::string_view key;
  Field field;
  KindSet kinds;
  ProfileSet profiles;
};

std::span<const ExportRow> export_table();

/// What an attribute that we have no field for is called in a profile: versions of a convention
/// rename those too.
std::string_view renamed(std::string_view key, SpanKind kind, Profile profile);

}  // namespace headgate::telemetry
