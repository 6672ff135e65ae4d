// A call that tests can tell from others: its number is in its ids and its content. Not linked into
// the program.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "telemetry/span.h"

namespace headgate::storage {

class NumberedCall {
 public:
  explicit NumberedCall(std::uint64_t number, std::size_t content_bytes = 100)
      : id_(std::to_string(number)), content_(content_bytes, static_cast<char>('a' + number % 26)) {
    content_ = id_ + " " + content_;
    for (std::size_t i = 0; i < 8; ++i) {  // spread, as random ids are
      record_.trace.bytes[i] =
          static_cast<std::uint8_t>((number * 0x9E3779B97F4A7C15u) >> (56 - 8 * i));
      record_.trace.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    record_.request_id = id_;
    record_.user = number % 2 == 0 ? "even" : "odd";
    record_.session = "s";
    record_.route = "r";
    telemetry::Span& request = spans_[0];
    request.id.bytes[7] = 1;
    request.name = "chat small";
    request.start_unix_us = 1'800'000'000'000'000 + static_cast<std::int64_t>(number);
    request.duration_us = 1000;
    request.model_requested = "small";
    request.usage = base::Usage{10, 2, 0, 5, 1};
    request.cost = 77;
    request.ttft_us = 300;
    request.input = content_;
    request.output = "fine";
    telemetry::Span& attempt = spans_[1];
    attempt.kind = telemetry::SpanKind::attempt;
    attempt.id.bytes[7] = 2;
    attempt.parent = request.id;
    attempt.attempt = 1;
    attempt.provider = "alpha";
    attempt.model_served = "small-2026";
    attempt.attributes = attributes_;
    record_.spans = spans_;
  }
  NumberedCall(const NumberedCall&) = delete;
  NumberedCall& operator=(const NumberedCall&) = delete;

  telemetry::Span& head() { return spans_[0]; }
  telemetry::ExchangeRecord& record() { return record_; }

 private:
  std::string id_;
  std::string content_;
  std::array<telemetry::Attribute, 1> attributes_{{{"breaker", "closed"}}};
  std::array<telemetry::Span, 2> spans_;
  telemetry::ExchangeRecord record_;
};

}  // namespace headgate::storage
