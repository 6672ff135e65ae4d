// A line of the log for calls that ended, with the ids that lead to their traces: of those that
// failed, of all, or of none, as telemetry.log_calls says. Content never stands in it. A loop has
// one of its own; beyond kLinesMax a second lines are left out, and the next one says how many.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/redact/redact.h"
#include "base/text/log.h"
#include "telemetry/config.h"

namespace headgate::gateway {

class Call;

class CallLog {
 public:
  static constexpr int kLinesMax = 100;  // a second and loop

  CallLog(base::Log& log, base::Redactor& redactor) : log_(log), redactor_(redactor) {}
  /// REQUIRES: the call's reply_status and error are what they stay.
  void ended(const Call& call, telemetry::LogCalls which, base::MonoTime now);

 private:
  bool has_room(base::MonoTime now);

  base::Log& log_;
  base::Redactor& redactor_;
  base::MonoTime second_{};
  int lines_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace headgate::gateway
