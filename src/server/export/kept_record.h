// A record that sampling has kept, as it leaves: with the probability and the reason on its first
// span, and the threshold in every span's tracestate, as OpenTelemetry's consistent probability
// sampling has it. A span that came with a threshold of its own keeps that. Views into the record
// it was made of, which outlives it.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "telemetry/span.h"

namespace headgate::server {

class KeptRecord {
 public:
  explicit KeptRecord(const telemetry::ExchangeRecord& record);
  KeptRecord(const KeptRecord&) = delete;
  KeptRecord& operator=(const KeptRecord&) = delete;

  const telemetry::ExchangeRecord& record() const { return record_; }

 private:
  void add_state(std::vector<telemetry::Attribute>& attributes);
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

  telemetry::ExchangeRecord record_;
  std::string state_;
  std::deque<std::string> texts_;
  std::vector<telemetry::Span> spans_;
  std::deque<std::vector<telemetry::Attribute>> attributes_;
};

}  // namespace headgate::server
