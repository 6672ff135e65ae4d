#include "telemetry/otlp/decode_protobuf.h"

#include <protozero/pbf_reader.hpp>

#include <algorithm>

#include "base/json/writer.h"
#include "base/text/base64.h"
#include "telemetry/otlp/collect.h"
#include "telemetry/otlp/fields.h"

namespace headgate::telemetry::otlp {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

constexpr auto kVarint = pbf_wire_type::varint;
constexpr auto kFixed64 = pbf_wire_type::fixed64;
constexpr auto kBytes = pbf_wire_type::length_delimited;

std::string_view view(pbf_reader& message) {
  const auto data = message.get_view();
  return {data.data(), data.size()};
}

// An id of the wrong length is none.
template <std::size_t N>
base::Id<N> read_id(std::string_view bytes) {
  base::Id<N> id;
  if (bytes.size() == N) std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

bool append_value(std::string& out, pbf_reader value, std::size_t depth_left);

bool append_array(std::string& out, pbf_reader array, std::size_t depth_left) {
  if (depth_left == 0) return false;
  out += '[';
  while (array.next()) {
    if (array.tag_and_type() != tag_and_type(pb::ArrayValue::values, kBytes)) {
      array.skip();
      continue;
    }
    if (out.back() != '[') out += ',';
    if (!append_value(out, array.get_message(), depth_left - 1)) return false;
  }
  out += ']';
  return true;
}

bool append_pair(std::string& out, pbf_reader pair, std::size_t depth_left) {
  std::string_view key;
  pbf_reader value;
  while (pair.next()) {
    switch (pair.tag_and_type()) {
      case tag_and_type(pb::KeyValue::key, kBytes): key = view(pair); break;
      case tag_and_type(pb::KeyValue::value, kBytes): value = pair.get_message(); break;
      default: pair.skip();
    }
  }
  base::append_json_string(out, key);
  out += ':';
  return append_value(out, value, depth_left);
}

bool append_map(std::string& out, pbf_reader map, std::size_t depth_left) {
  if (depth_left == 0) return false;
  out += '{';
  while (map.next()) {
    if (map.tag_and_type() != tag_and_type(pb::KeyValueList::values, kBytes)) {
      map.skip();
      continue;
    }
    if (out.back() != '{') out += ',';
    if (!append_pair(out, map.get_message(), depth_left - 1)) return false;
  }
  out += '}';
  return true;
}

// One member of the oneof as JSON text. False: nested too deep.
bool append_member(std::string& out, pbf_reader& value, std::size_t depth_left) {
  switch (value.tag_and_type()) {
    case tag_and_type(pb::AnyValue::string_value, kBytes):
      base::append_json_string(out, view(value));
      return true;
    case tag_and_type(pb::AnyValue::bool_value, kVarint):
      out += value.get_bool() ? "true" : "false";
      return true;
    case tag_and_type(pb::AnyValue::int_value, kVarint):
      out += std::to_string(value.get_int64());
      return true;
    case tag_and_type(pb::AnyValue::double_value, kFixed64):
      append_json_double(out, value.get_double());
      return true;
    case tag_and_type(pb::AnyValue::array_value, kBytes):
      return append_array(out, value.get_message(), depth_left);
    case tag_and_type(pb::AnyValue::kvlist_value, kBytes):
      return append_map(out, value.get_message(), depth_left);
    case tag_and_type(pb::AnyValue::bytes_value, kBytes):
      base::append_json_string(out, base::base64(view(value)));
      return true;
    default: value.skip(); return true;
  }
}

bool append_value(std::string& out, pbf_reader value, std::size_t depth_left) {
  const std::size_t begin = out.size();
  while (value.next()) {
    const std::size_t member = out.size();
    if (!append_member(out, value, depth_left)) return false;
    // Of a oneof the last member counts.
    if (out.size() > member) out.erase(begin, member - begin);
  }
  if (out.size() == begin) out += "null";
  return true;
}

class Decoder {
 public:
  Decoder(DecodedRequest& out, const DecodeLimits& limits) : collect_(out, limits) {}

  void request(pbf_reader message) {
    while (message.next(pb::Request::resource_spans, kBytes)) resource_spans(message.get_message());
  }

 private:
  void resource_spans(pbf_reader message) {
    auto& resources = collect_.out().resources;
    const std::size_t spans_before = collect_.out().spans.size();
    std::uint64_t dropped = 0;
    AttributeList attributes(resources.emplace_back().attributes, dropped);
    for (pbf_reader pass = message; pass.next(pb::ResourceSpans::resource, kBytes);) {
      read_resource(pass.get_message(), attributes);
    }
    for (pbf_reader pass = message; pass.next(pb::ResourceSpans::scope_spans, kBytes);) {
      scope_spans(pass.get_message());
    }
    if (collect_.out().spans.size() == spans_before) resources.pop_back();
  }

  void read_resource(pbf_reader message, AttributeList& attributes) {
    while (message.next(pb::Resource::attributes, kBytes)) {
      read_attribute(message.get_message(), attributes);
    }
  }

  void scope_spans(pbf_reader message) {
    auto& scopes = collect_.out().scopes;
    const std::size_t spans_before = collect_.out().spans.size();
    scopes.emplace_back();
    for (pbf_reader pass = message; pass.next(pb::ScopeSpans::scope, kBytes);) {
      read_scope(pass.get_message(), scopes.back());
    }
    for (pbf_reader pass = message; pass.next(pb::ScopeSpans::spans, kBytes);) {
      const auto bytes = pass.get_view();
      if (collect_.has_room()) add_span(pbf_reader(bytes));
    }
    if (collect_.out().spans.size() == spans_before) scopes.pop_back();
  }

  static void read_scope(pbf_reader message, Scope& scope) {
    while (message.next()) {
      switch (message.tag_and_type()) {
        case tag_and_type(pb::Scope::name, kBytes): scope.name = view(message); break;
        case tag_and_type(pb::Scope::version, kBytes): scope.version = view(message); break;
        default: message.skip();
      }
    }
  }

  void add_span(pbf_reader message) {
    DecodedSpan span;
    span.resource = collect_.out().resources.size() - 1;
    span.scope = collect_.out().scopes.size() - 1;
    try {
      read_span(message, span);
    } catch (const protozero::exception&) {
      return collect_.out().reject("a span that is not protobuf as it should be");
    }
    collect_.add(std::move(span));
  }

  void read_span(pbf_reader message, DecodedSpan& span) {
    AttributeList attributes(span.attributes, span.dropped);
    while (message.next()) {
      switch (message.tag_and_type()) {
        case tag_and_type(pb::Span::trace_id, kBytes):
          span.trace = read_id<16>(view(message));
          break;
        case tag_and_type(pb::Span::span_id, kBytes): span.id = read_id<8>(view(message)); break;
        case tag_and_type(pb::Span::parent_span_id, kBytes):
          span.parent = read_id<8>(view(message));
          break;
        case tag_and_type(pb::Span::trace_state, kBytes): span.trace_state = view(message); break;
        case tag_and_type(pb::Span::name, kBytes): span.name = view(message); break;
        case tag_and_type(pb::Span::kind, kVarint): span.role = role_of(message.get_enum()); break;
        case tag_and_type(pb::Span::start_time_unix_nano, kFixed64):
          span.start_unix_ns = message.get_fixed64();
          break;
        case tag_and_type(pb::Span::end_time_unix_nano, kFixed64):
          span.end_unix_ns = message.get_fixed64();
          break;
        case tag_and_type(pb::Span::status, kBytes):
          read_status(message.get_message(), span);
          break;
        default: read_list_of(message, span, attributes);
      }
    }
  }

  void read_list_of(pbf_reader& message, DecodedSpan& span, AttributeList& attributes) {
    switch (message.tag_and_type()) {
      case tag_and_type(pb::Span::attributes, kBytes):
        read_attribute(message.get_message(), attributes);
        break;
      case tag_and_type(pb::Span::events, kBytes): read_event(message.get_message(), span); break;
      case tag_and_type(pb::Span::links, kBytes): read_link(message.get_message(), span); break;
      case tag_and_type(pb::Span::dropped_attributes_count, kVarint):
      case tag_and_type(pb::Span::dropped_events_count, kVarint):
      case tag_and_type(pb::Span::dropped_links_count, kVarint):
        span.dropped += message.get_uint32();
        break;
      default: message.skip();
    }
  }

  static void read_status(pbf_reader message, DecodedSpan& span) {
    while (message.next()) {
      switch (message.tag_and_type()) {
        case tag_and_type(pb::Status::message, kBytes): span.status_message = view(message); break;
        case tag_and_type(pb::Status::code, kVarint):
          span.status = status_of(message.get_enum());
          break;
        default: message.skip();
      }
    }
  }

  void read_event(pbf_reader message, DecodedSpan& span) {
    if (span.events.size() >= collect_.limits().events_max) {
      ++span.dropped;
      return;
    }
    Event& event = span.events.emplace_back();
    AttributeList attributes(event.attributes, span.dropped);
    while (message.next()) {
      switch (message.tag_and_type()) {
        case tag_and_type(pb::Event::time_unix_nano, kFixed64):
          event.time_unix_ns = message.get_fixed64();
          break;
        case tag_and_type(pb::Event::name, kBytes): event.name = view(message); break;
        case tag_and_type(pb::Event::attributes, kBytes):
          read_attribute(message.get_message(), attributes);
          break;
        default: message.skip();
      }
    }
  }

  void read_link(pbf_reader message, DecodedSpan& span) {
    if (span.links.size() >= collect_.limits().links_max) {
      ++span.dropped;
      return;
    }
    Link& link = span.links.emplace_back();
    AttributeList attributes(link.attributes, span.dropped);
    while (message.next()) {
      switch (message.tag_and_type()) {
        case tag_and_type(pb::Link::trace_id, kBytes):
          link.trace = read_id<16>(view(message));
          break;
        case tag_and_type(pb::Link::span_id, kBytes): link.span = read_id<8>(view(message)); break;
        case tag_and_type(pb::Link::attributes, kBytes):
          read_attribute(message.get_message(), attributes);
          break;
        default: message.skip();
      }
    }
  }

  void read_attribute(pbf_reader message, AttributeList& to) {
    if (!to.has_room(collect_.limits())) return;
    Attribute attribute;
    pbf_reader value;
    while (message.next()) {
      switch (message.tag_and_type()) {
        case tag_and_type(pb::KeyValue::key, kBytes): attribute.key = view(message); break;
        case tag_and_type(pb::KeyValue::value, kBytes): value = message.get_message(); break;
        default: message.skip();
      }
    }
    if (!read_value(value, attribute)) return to.drop();
    to.add(attribute, collect_.limits());
  }

  // False: nested too deep.
  bool read_value(pbf_reader value, Attribute& attribute) {
    pbf_reader first = value;
    if (first.next() && first.tag_and_type() == tag_and_type(pb::AnyValue::string_value, kBytes)) {
      attribute.value = view(first);
      if (!first.next()) return true;  // all there is: used in place
    }
    std::string json;
    if (!append_value(json, value, collect_.limits().depth_max)) return false;
    keep_json(std::move(json), attribute, collect_.out());
    return true;
  }

  Collector collect_;
};

}  // namespace

base::Result<DecodedRequest> decode_protobuf(std::string_view bytes, const DecodeLimits& limits) {
  DecodedRequest out;
  try {
    Decoder(out, limits).request(pbf_reader(bytes.data(), bytes.size()));
  } catch (const protozero::exception& error) {
    return base::fail(
        base::Errc::invalid_request,
        std::string("the body is no ExportTraceServiceRequest in protobuf: ") + error.what());
  }
  return out;
}

}  // namespace headgate::telemetry::otlp
