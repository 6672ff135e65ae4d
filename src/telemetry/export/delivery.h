// What follows from a collector's answer to a batch, as OTLP/HTTP has it: taken, to be tried again,
// refused for good; and how long to wait before the next try. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "telemetry/otlp/response.h"

namespace headgate::telemetry {

/// What came of a request. `status` 0: no answer came, `error` says why.
struct SendResult {
  int status = 0;
  std::optional<base::Duration> retry_after;
  std::string body;
  std::string error;
};

enum class Verdict : std::uint8_t {
  delivered,
  again,      // the same request, later
  blocked,    // likewise, but not before somebody mends the configuration
  too_large,  // again, in smaller requests
  refused,    // never
};

struct Delivery {
  Verdict verdict = Verdict::again;
  std::uint64_t rejected = 0;  // spans of a delivered request that the collector did not take
  std::string message;         // for the log
};

Delivery judge(const SendResult& result, otlp::Encoding encoding);

/// Pauses between tries: doubled each time, drawn from the upper half, at most `most`; what the
/// collector asks for is kept even beyond that.
class Backoff {
 public:
  base::Duration next(base::Duration first, base::Duration most,
                      std::optional<base::Duration> retry_after, base::Random& random);
  void reset() { failures_ = 0; }
  int failures() const { return failures_; }

 private:
  int failures_ = 0;
};

}  // namespace headgate::telemetry
