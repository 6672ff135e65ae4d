// The call that benchmarks store: two spans as a gateway writes them, with content of the size that
// is asked for. Not linked into the program. One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "base/random.h"
#include "storage/journal/journal.h"
#include "telemetry/span_codec.h"

namespace headgate::storage {

class Call {
 public:
  Call(std::size_t input_bytes, std::size_t output_bytes)
      : input_(input_bytes, 'q'), output_(output_bytes, 'a') {
    telemetry::Span& request = spans_[0];
    request.kind = telemetry::SpanKind::request;
    request.name = "chat gpt-4o-mini";
    request.start_unix_us = 1'800'000'000'000'000;
    request.duration_us = 812'345;
    request.ttft_us = 201'000;
    request.http_status = 200;
    request.streamed = true;
    request.usage = base::Usage{812, 512, 0, 96, 0};
    request.cost = 179'400'000;
    request.provider = "openai";
    request.model_requested = "gpt-4o-mini";
    request.model_served = "gpt-4o-mini-2024-07-18";
    request.finish_reason = "stop";
    request.input = input_;
    request.output = output_;
    spans_[1] = request;
    spans_[1].kind = telemetry::SpanKind::attempt;
    spans_[1].attempt = 1;
    spans_[1].response_id = "chatcmpl-9f2d4b1c8a7e6d5c";
    spans_[1].input = spans_[1].output = {};
    record_.request_id = "req_01hzy8w3k5m7n9p1";
    record_.user = "customer-4711";
    record_.session = "session-0815";
    record_.tenant = "acme";
    record_.tier = "gold";
    record_.key_id = "key_7f3a";
    record_.route = "default";
    record_.spans = spans_;
  }
  telemetry::ExchangeRecord& record() { return record_; }
  std::array<telemetry::Span, 2>& spans() { return spans_; }
  std::string& input() { return input_; }
  base::Random& random() { return random_; }
  const telemetry::ExchangeRecord& next() {
    record_.trace = base::TraceId::random(random_);
    for (auto& span : spans_) span.id = base::SpanId::random(random_);
    spans_[1].parent = spans_[0].id;
    spans_[0].start_unix_us += 33;
    spans_[1].start_unix_us += 33;
    return record_;
  }

 private:
  base::SeededRandom random_{1};
  std::string input_;
  std::string output_;
  std::array<telemetry::Span, 2> spans_;
  telemetry::ExchangeRecord record_;
};

inline bool append(Journal& journal, const telemetry::ExchangeRecord& record) {
  std::byte* const at = journal.reserve(telemetry::encoded_size(record));
  if (at == nullptr) return false;
  telemetry::encode(record, at);
  journal.publish();
  return true;
}

}  // namespace headgate::storage
