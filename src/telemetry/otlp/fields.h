// Field numbers of the OTLP messages (opentelemetry-proto 1.x), and the numbers of its enums.
// Internal to the folder. Numbers are for ever; names are as in the .proto files.
#pragma once

#include <protozero/types.hpp>

#include "telemetry/otlp/model.h"

namespace headgate::telemetry::otlp {

namespace pb {
using Tag = protozero::pbf_tag_type;
struct Request {
  static constexpr Tag resource_spans = 1;
};
struct ResourceSpans {
  static constexpr Tag resource = 1;
  static constexpr Tag scope_spans = 2;
  static constexpr Tag schema_url = 3;
};
struct Resource {
  static constexpr Tag attributes = 1;
};
struct ScopeSpans {
  static constexpr Tag scope = 1;
  static constexpr Tag spans = 2;
  static constexpr Tag schema_url = 3;
};
struct Scope {
  static constexpr Tag name = 1;
  static constexpr Tag version = 2;
};
struct Span {
  static constexpr Tag trace_id = 1;
  static constexpr Tag span_id = 2;
  static constexpr Tag trace_state = 3;
  static constexpr Tag parent_span_id = 4;
  static constexpr Tag name = 5;
  static constexpr Tag kind = 6;
  static constexpr Tag start_time_unix_nano = 7;
  static constexpr Tag end_time_unix_nano = 8;
  static constexpr Tag attributes = 9;
  static constexpr Tag dropped_attributes_count = 10;
  static constexpr Tag events = 11;
  static constexpr Tag dropped_events_count = 12;
  static constexpr Tag links = 13;
  static constexpr Tag dropped_links_count = 14;
  static constexpr Tag status = 15;
};
struct Event {
  static constexpr Tag time_unix_nano = 1;
  static constexpr Tag name = 2;
  static constexpr Tag attributes = 3;
};
struct Link {
  static constexpr Tag trace_id = 1;
  static constexpr Tag span_id = 2;
  static constexpr Tag attributes = 4;
};
struct Status {
  static constexpr Tag message = 2;
  static constexpr Tag code = 3;
};
struct KeyValue {
  static constexpr Tag key = 1;
  static constexpr Tag value = 2;
};
struct AnyValue {
  static constexpr Tag string_value = 1;
  static constexpr Tag bool_value = 2;
  static constexpr Tag int_value = 3;
  static constexpr Tag double_value = 4;
  static constexpr Tag array_value = 5;
  static constexpr Tag kvlist_value = 6;
  static constexpr Tag bytes_value = 7;
};
struct ArrayValue {
  static constexpr Tag values = 1;
};
struct KeyValueList {
  static constexpr Tag values = 1;
};
struct Response {
  static constexpr Tag partial_success = 1;
};
struct PartialSuccess {
  static constexpr Tag rejected_spans = 1;
  static constexpr Tag error_message = 2;
};
struct RpcStatus {  // google.rpc.Status, the body of error replies
  static constexpr Tag code = 1;
  static constexpr Tag message = 2;
};
}  // namespace pb

inline SpanRole role_of(std::int64_t number) {
  return number >= 0 && number <= 5 ? static_cast<SpanRole>(number) : SpanRole::unspecified;
}
inline StatusCode status_of(std::int64_t number) {
  return number >= 0 && number <= 2 ? static_cast<StatusCode>(number) : StatusCode::unset;
}

}  // namespace headgate::telemetry::otlp
