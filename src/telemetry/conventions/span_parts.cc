#include "telemetry/conventions/span_parts.h"

#include "base/json/writer.h"

namespace headgate::telemetry {
namespace {

using base::json::Writer;

void write_attributes(Writer& to, const std::vector<Attribute>& attributes) {
  if (attributes.empty()) return;
  to.object("attributes");
  for (const Attribute& attribute : attributes) {
    if (attribute.is_json) {
      to.member_raw(attribute.key, attribute.value);
    } else {
      to.member(attribute.key, attribute.value);
    }
  }
  to.end_object();
}

}  // namespace

std::string_view from_events(const otlp::DecodedSpan& span,
                             std::span<const std::string_view> keys) {
  for (const std::string_view key : keys) {
    for (const otlp::Event& event : span.events) {
      for (const Attribute& attribute : event.attributes) {
        if (attribute.key == key && !attribute.value.empty()) return attribute.value;
      }
    }
  }
  return {};
}

std::string_view exception_message(const otlp::DecodedSpan& span) {
  static constexpr std::array<std::string_view, 2> kKeys{"exception.message", "exception.type"};
  return from_events(span, kKeys);
}

std::string events_json(const otlp::DecodedSpan& span) {
  std::string out;
  Writer to(out);
  to.begin_array();
  for (const otlp::Event& event : span.events) {
    to.begin_object();
    to.member("time_unix_nano", std::to_string(event.time_unix_ns));
    to.member("name", event.name);
    write_attributes(to, event.attributes);
    to.end_object();
  }
  to.end_array();
  return out;
}

std::string links_json(const otlp::DecodedSpan& span) {
  std::string out;
  Writer to(out);
  to.begin_array();
  for (const otlp::Link& link : span.links) {
    to.begin_object();
    to.member("trace_id", link.trace.hex());
    to.member("span_id", link.span.hex());
    write_attributes(to, link.attributes);
    to.end_object();
  }
  to.end_array();
  return out;
}

}  // namespace headgate::telemetry
