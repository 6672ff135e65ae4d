// From a decoded OTLP span to ours: what any of the known conventions says of it goes into our
// fields, everything else stays as attributes, with what OTLP has beside attributes under the keys
// of own_keys.h. Pure. Texts are views into the request and its arena, which must outlive the
// spans.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "telemetry/otlp/model.h"

namespace headgate::telemetry {

struct ReadSpan {
  Span span;  // its attributes are not set: those below, once they stand still
  std::vector<Attribute> attributes;
  base::TraceId trace;
  std::size_t resource = 0;
  std::string_view user;
  std::string_view session;
  std::string_view workflow;
  std::string_view release;
  std::optional<base::Picodollars> reported_cost;  // what the sender says it cost
};

ReadSpan read_span(const otlp::DecodedSpan& from, otlp::DecodedRequest& request);

}  // namespace headgate::telemetry
