// OTLP traces as they are on the wire, decoded: what both encodings of an
// ExportTraceServiceRequest say, span by span. Texts are views into the request's bytes or into the
// request's own arena, so a DecodedRequest must not outlive the bytes it came from. Plain values.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "telemetry/span.h"

namespace headgate::telemetry::otlp {

/// What one request may hold. Beyond: spans are rejected one by one, attributes, events and links
/// dropped and counted in their span.
struct DecodeLimits {
  std::size_t spans_max = 10'000;
  std::size_t attributes_max = 512;  // of a span, an event or a resource
  std::size_t events_max = 256;      // of a span
  std::size_t links_max = 128;       // of a span
  std::size_t key_bytes_max = 512;   // of an attribute; longer ones are dropped
  std::size_t depth_max = 16;        // of arrays and maps in an attribute; deeper ones are dropped
};

enum class SpanRole : std::uint8_t { unspecified, internal, server, client, producer, consumer };
enum class StatusCode : std::uint8_t { unset, ok, error };

struct Event {
  std::uint64_t time_unix_ns = 0;
  std::string_view name;
  std::vector<Attribute> attributes;
};

struct Link {
  base::TraceId trace;
  base::SpanId span;
  std::vector<Attribute> attributes;
};

struct Resource {
  std::vector<Attribute> attributes;
};

struct Scope {
  std::string_view name;
  std::string_view version;
};

struct DecodedSpan {
  base::TraceId trace;
  base::SpanId id;
  base::SpanId parent;
  std::string_view name;
  std::string_view trace_state;
  SpanRole role = SpanRole::unspecified;
  StatusCode status = StatusCode::unset;
  std::string_view status_message;
  std::uint64_t start_unix_ns = 0;
  std::uint64_t end_unix_ns = 0;
  std::vector<Attribute> attributes;
  std::vector<Event> events;
  std::vector<Link> links;
  std::uint64_t dropped = 0;  // attributes, events and links: by the sender or by our limits
  std::size_t resource = 0;   // index into DecodedRequest::resources
  std::size_t scope = 0;      // index into DecodedRequest::scopes
};

struct DecodedRequest {
  std::vector<Resource> resources;
  std::vector<Scope> scopes;
  std::vector<DecodedSpan> spans;
  std::uint64_t rejected = 0;     // spans
  std::string first_rejection;    // why the first of them was; for the sender
  std::deque<std::string> texts;  // what the views point at that is not in the request's bytes

  std::string_view keep(std::string text) { return texts.emplace_back(std::move(text)); }
  void reject(std::string_view why) {
    if (rejected++ == 0) first_rejection = why;
  }
};

}  // namespace headgate::telemetry::otlp
