#include "telemetry/otlp/encode_json.h"

#include <array>
#include <utility>

#include "base/json/cursor.h"
#include "base/json/writer.h"
#include "telemetry/otlp/collect.h"
#include "telemetry/otlp/json_number.h"

namespace headgate::telemetry::otlp {
namespace {

using base::json::Cursor;
using base::json::Kind;
using base::json::Writer;

constexpr std::size_t kDepthMax = 64;

void write_double(Writer& json, double value) {
  std::string text;
  append_json_double(text, value);
  json.member_raw("doubleValue", text);
}

void write_number(Writer& json, std::string_view text) {
  const JsonNumber number = json_number(text);
  if (number.is_integer) {
    json.member("intValue", std::to_string(number.integer));
  } else {
    write_double(json, number.real);
  }
}

void write_json(Writer& json, Cursor& in);

// The members of the object that is next, each as an attribute.
void write_pairs(Writer& json, std::string_view name, Cursor& in) {
  json.array(name);
  std::string_view key;
  in.enter_object();
  while (in.next_key(key)) {
    json.begin_object();
    json.member("key", in.key_decoded());
    json.key("value");
    write_json(json, in);
    json.end_object();
  }
  json.end_array();
}

void write_elements(Writer& json, Cursor& in) {
  json.array("values");
  in.enter_array();
  while (in.next_element()) write_json(json, in);
  json.end_array();
}

// The JSON value that is next, as an AnyValue.
void write_json(Writer& json, Cursor& in) {
  json.begin_object();
  const Kind kind = in.kind();
  base::json::Text text;
  bool yes = false;
  if (kind == Kind::string && in.string(text)) {
    json.member("stringValue", text.decode());
  } else if (kind == Kind::boolean && in.boolean(yes)) {
    json.member("boolValue", yes);
  } else if (kind == Kind::number && in.skip()) {
    write_number(json, in.value_text());
  } else if (kind == Kind::array) {
    json.object("arrayValue");
    write_elements(json, in);
    json.end_object();
  } else if (kind == Kind::object) {
    json.object("kvlistValue");
    write_pairs(json, "values", in);
    json.end_object();
  } else {
    in.skip();
  }
  json.end_object();
}

void write_value(Writer& json, const OutAttribute& attribute) {
  using Type = OutAttribute::Type;
  if (attribute.type == Type::json && base::json::valid(attribute.text, kDepthMax)) {
    Cursor in(attribute.text, kDepthMax);
    write_json(json, in);
    return;
  }
  json.begin_object();
  switch (attribute.type) {
    case Type::text:
    case Type::json: json.member("stringValue", attribute.text); break;
    case Type::integer: json.member("intValue", std::to_string(attribute.integer)); break;
    case Type::real: write_double(json, attribute.real); break;
    case Type::boolean: json.member("boolValue", attribute.boolean); break;
  }
  json.end_object();
}

void write_attributes(Writer& json, const std::vector<OutAttribute>& attributes) {
  json.array("attributes");
  for (const OutAttribute& attribute : attributes) {
    json.begin_object();
    json.member("key", attribute.key);
    json.key("value");
    write_value(json, attribute);
    json.end_object();
  }
  json.end_array();
}

// Events and links: objects of strings, and attributes. `names` are ours and OTLP's.
template <class Names>
void write_objects(Writer& json, std::string_view name, std::string_view array,
                   const Names& names) {
  if (array.empty() || !base::json::valid(array, kDepthMax)) return;
  Cursor in(array, kDepthMax);
  if (in.kind() != Kind::array) return;
  json.array(name);
  in.enter_array();
  while (in.next_element()) {
    if (in.kind() != Kind::object) continue;
    json.begin_object();
    std::string_view key;
    base::json::Text text;
    in.enter_object();
    while (in.next_key(key)) {
      if (key == "attributes" && in.kind() == Kind::object) write_pairs(json, "attributes", in);
      for (const auto& [ours, theirs] : names) {
        if (key == ours && in.maybe_string(text)) json.member(theirs, text.decode());
      }
    }
    json.end_object();
  }
  json.end_array();
}

using Names = std::array<std::pair<std::string_view, std::string_view>, 2>;
constexpr Names kEventNames{{{"time_unix_nano", "timeUnixNano"}, {"name", "name"}}};
constexpr Names kLinkNames{{{"trace_id", "traceId"}, {"span_id", "spanId"}}};

void write_span(Writer& json, const OutSpan& span) {
  json.begin_object();
  json.member("traceId", span.trace.hex());
  json.member("spanId", span.id.hex());
  if (!span.trace_state.empty()) json.member("traceState", span.trace_state);
  if (!span.parent.empty()) json.member("parentSpanId", span.parent.hex());
  json.member("name", span.name);
  json.member("kind", static_cast<int>(span.role));
  json.member("startTimeUnixNano", std::to_string(span.start_unix_ns));
  json.member("endTimeUnixNano", std::to_string(span.end_unix_ns));
  write_attributes(json, span.attributes);
  write_objects(json, "events", span.events, kEventNames);
  write_objects(json, "links", span.links, kLinkNames);
  if (span.status != StatusCode::unset || !span.status_message.empty()) {
    json.object("status");
    if (!span.status_message.empty()) json.member("message", span.status_message);
    json.member("code", static_cast<int>(span.status));
    json.end_object();
  }
  json.end_object();
}

void write_resource(Writer& json, const OutBatch& batch, const OutResource& of) {
  json.begin_object();
  json.object("resource");
  write_attributes(json, of.attributes);
  json.end_object();
  json.array("scopeSpans");
  json.begin_object();
  json.object("scope");
  json.member("name", of.scope_name);
  if (!of.scope_version.empty()) json.member("version", of.scope_version);
  json.end_object();
  json.array("spans");
  for (const OutSpan& span : of.spans) write_span(json, span);
  json.end_array();
  if (!batch.schema_url.empty()) json.member("schemaUrl", batch.schema_url);
  json.end_object();
  json.end_array();
  if (!batch.schema_url.empty()) json.member("schemaUrl", batch.schema_url);
  json.end_object();
}

}  // namespace

std::string encode_json(const OutBatch& batch) {
  std::string out;
  Writer json(out);
  json.begin_object();
  json.array("resourceSpans");
  for (const OutResource& resource : batch.resources) write_resource(json, batch, resource);
  json.end_array();
  json.end_object();
  return out;
}

}  // namespace headgate::telemetry::otlp
