// What becomes known of one model call while it runs, and its end: the price, the trace record and
// the metrics, in that order, before the caller gets the last byte. Lives in the pipeline's frame.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/redact/redact.h"
#include "base/usage.h"
#include "gateway/catalog.h"
#include "llm/openai/chat_request.h"
#include "telemetry/metrics.h"
#include "telemetry/sink.h"

namespace headgate::gateway {

/// What a call needs from its loop; one a loop.
struct CallTools {
  telemetry::SpanSink& sink;
  telemetry::CallMetrics& metrics;
  base::Redactor& redactor;
};

class Call {
 public:
  Call(base::Context& ctx, std::shared_ptr<const Catalog> catalog);

  base::Context& ctx;
  std::shared_ptr<const Catalog> catalog;
  llm::chat::Head request;
  const Model* model = nullptr;
  const Route* route = nullptr;
  base::MonoTime begun;
  std::int64_t begun_unix_us;
  bool wants_trailers = false;

  // The attempt.
  base::SpanId attempt_span;
  std::optional<base::MonoTime> attempt_begun;
  int upstream_status = 0;
  bool streamed = false;
  std::optional<base::MonoTime> first_token;
  std::optional<base::Usage> usage;
  std::string model_served;
  std::string response_id;
  std::string finish_reason;
  std::string output;  // text, or tool calls as JSON
  std::size_t output_cut_bytes = 0;

  // The outcome.
  int reply_status = 0;
  std::optional<base::Error> error;
  std::optional<base::Picodollars> cost;
  bool unpriced = false;

  /// Prices what was used. Idempotent.
  void price();
  /// Writes the trace record (durable against the end of this process) and counts. Once; later
  /// calls do nothing.
  void settle(CallTools& tools);
  /// "0.00012" or "unpriced", for the caller's cost header.
  std::string cost_text() const;

 private:
  std::string_view captured(CallTools& tools, std::string_view text, std::string& storage,
                            std::uint32_t& cut_bytes) const;
  std::string_view hashed(std::string_view text, std::string& storage) const;
  void fill(telemetry::Span& span, std::int64_t duration_us) const;
  bool record(CallTools& tools, base::MonoTime now);

  bool settled_ = false;
};

}  // namespace headgate::gateway
