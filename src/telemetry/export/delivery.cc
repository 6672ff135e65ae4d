#include "telemetry/export/delivery.h"

#include <algorithm>

namespace headgate::telemetry {
namespace {

constexpr base::Duration kRetryAfterMax = base::seconds(3600);
constexpr int kDoublingsMax = 20;

Delivery delivered(const SendResult& result, otlp::Encoding encoding) {
  Delivery out;
  out.verdict = Verdict::delivered;
  const auto response = otlp::decode_response(result.body, encoding);
  if (!response) return out;  // some answer 200 with a body of their own
  out.rejected = static_cast<std::uint64_t>(std::max<std::int64_t>(response->rejected_spans, 0));
  out.message = response->message;
  return out;
}

// OTLP lists what may be tried again; everything else may not. What is wrong with our credential or
// the address is not wrong with the spans, so those wait until it is mended.
Verdict verdict_of(int status) {
  switch (status) {
    case 408:
    case 429:
    case 502:
    case 503:
    case 504: return Verdict::again;
    case 401:
    case 403:
    case 404:
    case 405:
    case 407: return Verdict::blocked;
    case 413: return Verdict::too_large;
    default: return status / 100 == 3 ? Verdict::blocked : Verdict::refused;
  }
}

}  // namespace

Delivery judge(const SendResult& result, otlp::Encoding encoding) {
  if (result.status / 100 == 2) return delivered(result, encoding);
  Delivery out;
  if (result.status == 0) {
    out.message = result.error;
    return out;
  }
  out.verdict = verdict_of(result.status);
  out.message = "status " + std::to_string(result.status);
  const std::string said = otlp::status_message(result.body, encoding);
  if (!said.empty()) out.message += ": " + said;
  return out;
}

base::Duration Backoff::next(base::Duration first, base::Duration most,
                             std::optional<base::Duration> retry_after, base::Random& random) {
  const int doublings = std::min(failures_++, kDoublingsMax);
  const base::Duration whole = std::min(first * (std::int64_t{1} << doublings), most);
  const auto drawn = std::chrono::duration_cast<base::Duration>(whole * (0.5 + random.unit() / 2));
  return std::max(drawn, std::min(retry_after.value_or(base::Duration{}), kRetryAfterMax));
}

}  // namespace headgate::telemetry
