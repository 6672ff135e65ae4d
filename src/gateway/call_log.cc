#include "gateway/call_log.h"

#include <string>
#include <utility>

#include "gateway/call.h"

namespace headgate::gateway {
namespace {

using telemetry::LogCalls;

// A caller who left is no failure of anybody's.
bool has_failed(const Call& call) {
  return (call.error && call.error->code != base::Errc::cancelled) || call.reply_status >= 400;
}

std::string_view error_name(const Call& call) {
  return call.error ? base::row(call.error->code).name : std::string_view();
}

}  // namespace

bool CallLog::has_room(base::MonoTime now) {
  if (now - second_ >= base::seconds(1)) {
    second_ = now;
    lines_ = 0;
  }
  if (lines_ >= kLinesMax) {
    ++left_out_;
    return false;
  }
  ++lines_;
  return true;
}

void CallLog::ended(const Call& call, LogCalls which, base::MonoTime now) {
  const bool failed = has_failed(call);
  if (which == LogCalls::off || (which == LogCalls::failed && !failed)) return;
  if (!has_room(now)) return;
  const Model* const model = call.served_by();
  const auto write = failed ? &base::Log::warn : &base::Log::info;
  const auto ms = std::chrono::duration_cast<base::milliseconds>(now - call.begun).count();
  (log_.*write)(failed ? "call_failed" : "call",
                {{"request_id", call.ctx.request_id},
                 {"trace_id", call.ctx.trace.trace.hex()},
                 {"key", call.ctx.principal ? call.ctx.principal->key_id : std::string()},
                 {"route", call.route != nullptr ? call.route->name : std::string()},
                 {"model", model != nullptr ? model->name : std::string("unknown")},
                 {"provider", model != nullptr ? model->provider->name : std::string()},
                 {"status", call.reply_status},
                 {"error", error_name(call)},
                 {"message", call.error ? redactor_.redacted(call.error->detail) : std::string()},
                 {"attempts", call.attempts.size()},
                 {"duration_ms", ms},
                 {"left_out", std::exchange(left_out_, 0)}});
}

}  // namespace headgate::gateway
