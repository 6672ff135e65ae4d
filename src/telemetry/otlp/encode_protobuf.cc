#include "telemetry/otlp/encode_protobuf.h"

#include <protozero/pbf_writer.hpp>

#include "base/json/cursor.h"
#include "base/text/strings.h"
#include "base/text/utf8.h"
#include "telemetry/otlp/fields.h"
#include "telemetry/otlp/json_number.h"

namespace headgate::telemetry::otlp {
namespace {

using base::json::Cursor;
using base::json::Kind;
using protozero::pbf_writer;

constexpr std::size_t kDepthMax = 64;

void add_text(pbf_writer& to, pb::Tag tag, std::string_view text) {
  if (base::is_utf8(text)) {
    to.add_string(tag, text.data(), text.size());
  } else {
    to.add_string(tag, base::valid_utf8(text));
  }
}

void add_nonempty(pbf_writer& to, pb::Tag tag, std::string_view text) {
  if (!text.empty()) add_text(to, tag, text);
}

template <std::size_t N>
void add_id(pbf_writer& to, pb::Tag tag, const base::Id<N>& id) {
  if (id.empty()) return;
  to.add_bytes(tag, reinterpret_cast<const char*>(id.bytes.data()), N);
}

void add_number(pbf_writer& value, std::string_view text) {
  const JsonNumber number = json_number(text);
  if (number.is_integer) {
    value.add_int64(pb::AnyValue::int_value, number.integer);
  } else {
    value.add_double(pb::AnyValue::double_value, number.real);
  }
}

// Calls `each` at every object of a JSON array.
template <class Each>
void each_object(std::string_view array, Each each) {
  if (array.empty() || !base::json::valid(array, kDepthMax)) return;
  Cursor in(array, kDepthMax);
  if (in.kind() != Kind::array) return;
  in.enter_array();
  while (in.next_element()) {
    if (in.kind() == Kind::object) each(in);
  }
}

class Encoder {
 public:
  Encoder(const OutBatch& batch, std::string& out) : batch_(batch), out_(out) {}

  void write() {
    pbf_writer request(out_);
    for (const OutResource& resource : batch_.resources) {
      nested(request, pb::Request::resource_spans,
             [&](pbf_writer& to) { resource_spans(to, resource); });
    }
  }

 private:
  // protozero takes a message without fields back; here one means something, such as [] or null.
  template <class Fill>
  void nested(pbf_writer& parent, pb::Tag tag, Fill fill) {
    const std::size_t before = out_.size();
    {
      pbf_writer to(parent, tag);
      fill(to);
    }
    if (out_.size() == before) parent.add_message(tag, "", 0);
  }

  void resource_spans(pbf_writer& to, const OutResource& of) {
    nested(to, pb::ResourceSpans::resource, [&](pbf_writer& resource) {
      for (const OutAttribute& each : of.attributes) {
        attribute(resource, pb::Resource::attributes, each);
      }
    });
    nested(to, pb::ResourceSpans::scope_spans, [&](pbf_writer& scope) { scope_spans(scope, of); });
    add_nonempty(to, pb::ResourceSpans::schema_url, batch_.schema_url);
  }

  void scope_spans(pbf_writer& to, const OutResource& of) {
    nested(to, pb::ScopeSpans::scope, [&](pbf_writer& scope) {
      add_nonempty(scope, pb::Scope::name, of.scope_name);
      add_nonempty(scope, pb::Scope::version, of.scope_version);
    });
    for (const OutSpan& each : of.spans) {
      nested(to, pb::ScopeSpans::spans, [&](pbf_writer& one) { span(one, each); });
    }
    add_nonempty(to, pb::ScopeSpans::schema_url, batch_.schema_url);
  }

  void span(pbf_writer& to, const OutSpan& of) {
    add_id(to, pb::Span::trace_id, of.trace);
    add_id(to, pb::Span::span_id, of.id);
    add_nonempty(to, pb::Span::trace_state, of.trace_state);
    add_id(to, pb::Span::parent_span_id, of.parent);
    add_text(to, pb::Span::name, of.name);
    to.add_enum(pb::Span::kind, static_cast<int>(of.role));
    to.add_fixed64(pb::Span::start_time_unix_nano, of.start_unix_ns);
    to.add_fixed64(pb::Span::end_time_unix_nano, of.end_unix_ns);
    for (const OutAttribute& each : of.attributes) attribute(to, pb::Span::attributes, each);
    each_object(of.events, [&](Cursor& in) { event(to, in); });
    each_object(of.links, [&](Cursor& in) { link(to, in); });
    if (of.status == StatusCode::unset && of.status_message.empty()) return;
    pbf_writer status(to, pb::Span::status);
    add_nonempty(status, pb::Status::message, of.status_message);
    status.add_enum(pb::Status::code, static_cast<int>(of.status));
  }

  void event(pbf_writer& parent, Cursor& in) {
    pbf_writer to(parent, pb::Span::events);
    std::string_view key;
    base::json::Text text;
    in.enter_object();
    while (in.next_key(key)) {
      if (key == "time_unix_nano" && in.maybe_string(text)) {
        to.add_fixed64(pb::Event::time_unix_nano, base::parse_u64(text.raw).value_or(0));
      } else if (key == "name" && in.maybe_string(text)) {
        add_text(to, pb::Event::name, text.decode());
      } else if (key == "attributes") {
        pairs(to, pb::Event::attributes, in);
      }
    }
  }

  void link(pbf_writer& parent, Cursor& in) {
    pbf_writer to(parent, pb::Span::links);
    std::string_view key;
    base::json::Text text;
    in.enter_object();
    while (in.next_key(key)) {
      if (key == "trace_id" && in.maybe_string(text)) {
        add_id(to, pb::Link::trace_id, base::TraceId::from_hex(text.raw).value_or(base::TraceId{}));
      } else if (key == "span_id" && in.maybe_string(text)) {
        add_id(to, pb::Link::span_id, base::SpanId::from_hex(text.raw).value_or(base::SpanId{}));
      } else if (key == "attributes") {
        pairs(to, pb::Link::attributes, in);
      }
    }
  }

  // The members of an object, each as an attribute.
  void pairs(pbf_writer& to, pb::Tag tag, Cursor& in) {
    std::string_view key;
    if (in.kind() != Kind::object) return;
    in.enter_object();
    while (in.next_key(key)) {
      pbf_writer pair(to, tag);
      add_text(pair, pb::KeyValue::key, in.key_decoded());
      nested(pair, pb::KeyValue::value, [&](pbf_writer& value_of) { json(value_of, in); });
    }
  }

  void attribute(pbf_writer& to, pb::Tag tag, const OutAttribute& of) {
    pbf_writer pair(to, tag);
    add_text(pair, pb::KeyValue::key, of.key);
    nested(pair, pb::KeyValue::value, [&](pbf_writer& to_value) { value(to_value, of); });
  }

  void value(pbf_writer& to, const OutAttribute& of) {
    using Type = OutAttribute::Type;
    switch (of.type) {
      case Type::text: return add_text(to, pb::AnyValue::string_value, of.text);
      case Type::integer: return to.add_int64(pb::AnyValue::int_value, of.integer);
      case Type::real: return to.add_double(pb::AnyValue::double_value, of.real);
      case Type::boolean: return to.add_bool(pb::AnyValue::bool_value, of.boolean);
      case Type::json: break;
    }
    if (!base::json::valid(of.text, kDepthMax)) {
      return add_text(to, pb::AnyValue::string_value, of.text);
    }
    Cursor in(of.text, kDepthMax);
    json(to, in);
  }

  // The JSON value that is next, as the one member of an AnyValue; null is one without.
  void json(pbf_writer& to, Cursor& in) {
    base::json::Text text;
    bool yes = false;
    const Kind kind = in.kind();
    if (kind == Kind::string && in.string(text)) {
      add_text(to, pb::AnyValue::string_value, text.decode());
    } else if (kind == Kind::boolean && in.boolean(yes)) {
      to.add_bool(pb::AnyValue::bool_value, yes);
    } else if (kind == Kind::number && in.skip()) {
      add_number(to, in.value_text());
    } else if (kind == Kind::array) {
      nested(to, pb::AnyValue::array_value, [&](pbf_writer& array) { elements(array, in); });
    } else if (kind == Kind::object) {
      nested(to, pb::AnyValue::kvlist_value,
             [&](pbf_writer& map) { pairs(map, pb::KeyValueList::values, in); });
    } else {
      in.skip();
    }
  }

  void elements(pbf_writer& to, Cursor& in) {
    in.enter_array();
    while (in.next_element()) {
      nested(to, pb::ArrayValue::values, [&](pbf_writer& element) { json(element, in); });
    }
  }

  const OutBatch& batch_;
  std::string& out_;
};

}  // namespace

std::string encode_protobuf(const OutBatch& batch) {
  std::string out;
  Encoder(batch, out).write();
  return out;
}

}  // namespace headgate::telemetry::otlp
