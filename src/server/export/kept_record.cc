#include "server/export/kept_record.h"

#include <algorithm>

#include "storage/sampling/decision.h"
#include "telemetry/conventions/own_keys.h"
#include "telemetry/trace_text.h"

namespace headgate::server {

using telemetry::Attribute;

namespace {

bool has_own_member(std::string_view state) {
  return state.starts_with("ot=") || state.find(",ot=") != std::string_view::npos;
}

}  // namespace

KeptRecord::KeptRecord(const telemetry::ExchangeRecord& record)
    : record_(record),
      state_(storage::trace_state_of(record.trace, record.sampled.ppm)),
      spans_(record.spans.begin(), record.spans.end()) {
  for (telemetry::Span& span : spans_) {
    auto& attributes = attributes_.emplace_back(span.attributes.begin(), span.attributes.end());
    add_state(attributes);
    span.attributes = attributes;
  }
  attributes_.front().push_back({telemetry::kSamplingProbabilityKey,
                                 keep(telemetry::format_probability(record.sampled.ppm)), true});
  attributes_.front().push_back({telemetry::kSamplingReasonKey, record.sampled.reason});
  spans_.front().attributes = attributes_.front();
  record_.spans = spans_;
}

// Whoever changes a member of tracestate puts it first.
void KeptRecord::add_state(std::vector<Attribute>& attributes) {
  const auto own = std::find_if(attributes.begin(), attributes.end(), [](const Attribute& each) {
    return each.key == telemetry::kTraceStateKey;
  });
  if (own == attributes.end()) {
    attributes.push_back({telemetry::kTraceStateKey, state_});
  } else if (own->value.empty()) {
    own->value = state_;
  } else if (!has_own_member(own->value)) {
    own->value = keep(state_ + "," + std::string(own->value));
  }
}

}  // namespace headgate::server
