// What this gateway has seen already: the calls that went through it, so that the same call told by
// its caller (a span over OTLP) is not counted twice; the spans it has taken, so that a batch that
// a sender repeats is not stored twice; and the traces whose content is kept less than the endpoint
// says, so that what comes of them later is not either. Outlives the process; safe from any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "server/otlp/fingerprints.h"
#include "telemetry/content_capture.h"
#include "telemetry/span.h"

namespace headgate::server {

class Seen {
 public:
  /// Files of its own in `folder`.
  static base::Result<std::unique_ptr<Seen>> open(const std::string& folder);

  /// A call through the gateway: whose span is its parent, and what its provider called it.
  void note_call(const telemetry::ExchangeRecord& record);

  /// Where that which a span used is counted already.
  enum class Counted : std::uint8_t { nowhere, by_gateway, below };
  void note_counted(const base::TraceId& trace, const base::SpanId& span, Counted where);
  Counted counted(const base::TraceId& trace, const base::SpanId& span) const;
  bool is_answer_of_call(std::string_view response_id) const;

  void note_taken(const base::TraceId& trace, const telemetry::Span& span);
  bool is_taken(const base::TraceId& trace, const telemetry::Span& span) const;

  /// What a route of a trace's models keeps.
  void note_capture(const base::TraceId& trace, telemetry::ContentCapture capture);
  /// The strictest that was noted and not forgotten; full: none was.
  telemetry::ContentCapture capture(const base::TraceId& trace) const;

 private:
  Seen(std::unique_ptr<Fingerprints> counted, std::unique_ptr<Fingerprints> taken,
       std::unique_ptr<Fingerprints> strict);

  std::unique_ptr<Fingerprints> counted_;
  std::unique_ptr<Fingerprints> taken_;
  std::unique_ptr<Fingerprints> strict_;
};

}  // namespace headgate::server
