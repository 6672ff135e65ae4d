// OTLP traces as they are to be written: what a convention's table has made of our spans. Built a
// batch at a time by conventions/, written by encode(). Texts are views into the records that the
// batch was made from, or into its arena.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "telemetry/otlp/model.h"

namespace headgate::telemetry::otlp {

struct OutAttribute {
  enum class Type : std::uint8_t { text, integer, real, boolean, json };
  std::string_view key;
  Type type = Type::text;
  std::string_view text;  // of text, and of json: one JSON value of any kind
  std::int64_t integer = 0;
  double real = 0;
  bool boolean = false;
};

struct OutSpan {
  base::TraceId trace;
  base::SpanId id;
  base::SpanId parent;
  std::string_view name;
  std::string_view trace_state;
  SpanRole role = SpanRole::internal;
  StatusCode status = StatusCode::unset;
  std::string_view status_message;
  std::uint64_t start_unix_ns = 0;
  std::uint64_t end_unix_ns = 0;
  std::vector<OutAttribute> attributes;
  std::string_view events;  // [{"time_unix_nano":"5","name":…,"attributes":{…}}]; empty: none
  std::string_view links;   // [{"trace_id":…,"span_id":…,"attributes":{…}}]; empty: none
};

/// Spans of one resource: a ResourceSpans message with one scope.
struct OutResource {
  std::vector<OutAttribute> attributes;
  std::string_view scope_name;
  std::string_view scope_version;
  std::vector<OutSpan> spans;
};

struct OutBatch {
  std::string_view schema_url;
  std::vector<OutResource> resources;
  std::deque<std::string> texts;

  std::string_view keep(std::string text) { return texts.emplace_back(std::move(text)); }
};

}  // namespace headgate::telemetry::otlp
