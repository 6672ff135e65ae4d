// Spans of one OTLP request on their way into the journal: read by every convention, priced,
// cleaned by the content policy, and recorded by trace. step() does a little at a time, so that a
// loop can serve others in between. Lives in the endpoint's frame; the request's bytes must outlive
// it.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "gateway/catalog.h"
#include "server/otlp/pricing.h"
#include "telemetry/content/keep.h"
#include "telemetry/metrics.h"
#include "telemetry/otlp/model.h"
#include "telemetry/sink.h"

namespace headgate::server {

/// Of all loops, since the start.
struct IntakeCounters {
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> requests_refused{0};  // not authenticated, too large, not OTLP
  std::atomic<std::uint64_t> requests_busy{0};     // told to come again: the journal was full
  std::atomic<std::uint64_t> spans_taken{0};
  std::atomic<std::uint64_t> spans_repeated{0};  // taken before: a sender came again
  std::atomic<std::uint64_t> spans_rejected{0};  // told to the sender as partial success
};

/// What an intake needs of its loop.
struct IntakeTools {
  telemetry::SpanSink& sink;
  telemetry::CallMetrics& metrics;
  base::Redactor& redactor;
  telemetry::SecretKeys& secret_keys;
  Seen& seen;
};

struct IntakeRules {
  telemetry::ContentCapture content = telemetry::ContentCapture::redacted;
  std::size_t record_bytes_max = std::size_t{1} << 20;  // what the journal takes at once
};

class Intake {
 public:
  Intake(telemetry::otlp::DecodedRequest request, const base::Context& ctx,
         const gateway::Catalog& catalog, const IntakeTools& tools, const IntakeRules& rules);

  /// Does some of what is left. False: nothing is left, or the journal is full.
  bool step();

  bool is_full() const { return full_; }
  std::uint64_t taken() const { return taken_; }
  std::uint64_t repeated() const { return repeated_; }
  std::uint64_t rejected() const { return request_.rejected; }
  const std::string& first_rejection() const { return request_.first_rejection; }

 private:
  enum class Phase : std::uint8_t { read, price, record, done };
  using Spans = std::vector<telemetry::ReadSpan>;

  void read_some();
  void price();
  void group();
  void judge_content();
  telemetry::ContentCapture judge_trace(std::size_t begin, std::size_t end);
  void record_some();
  void record(std::size_t begin, std::size_t end);
  void move_told_usage(telemetry::ReadSpan& one);
  void hand_over(const telemetry::ExchangeRecord& record);
  void count_tools(const telemetry::ExchangeRecord& record);
  std::size_t record_end(std::size_t begin) const;
  telemetry::ExchangeRecord identity(std::size_t begin, std::size_t end) const;
  void note_other_identity(telemetry::ReadSpan& span,
                           const telemetry::ExchangeRecord& record) const;

  telemetry::otlp::DecodedRequest request_;
  const base::Context& ctx_;
  const gateway::Catalog& catalog_;
  const IntakeTools& tools_;
  IntakeRules rules_;
  Phase phase_ = Phase::read;
  std::size_t next_ = 0;  // of the phase: a decoded span, or the first of a record
  Spans spans_;           // in the order in which they are recorded
  std::vector<telemetry::ContentCapture> captures_;  // of each of them: what its trace keeps
  std::uint64_t taken_ = 0;
  std::uint64_t repeated_ = 0;
  bool full_ = false;
};

}  // namespace headgate::server
