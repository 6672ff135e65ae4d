// What travels with a request: who asks, which trace it belongs to, until when, and whether anybody
// still waits. First parameter of every task on the data path; lives in the session's frame.
#pragma once

#include <optional>
#include <string>

#include "base/async/cancellation.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/principal.h"

namespace headgate::base {

class Loop;

/// W3C trace context of one request: `span` is ours, `parent` the caller's (empty when we are the
/// root).
struct TraceContext {
  TraceId trace;
  SpanId span;
  SpanId parent;
  bool sampled = true;
  std::string state;  // tracestate as received, passed on unchanged
};

struct Context {
  Loop& loop;
  Cancellation& cancellation;
  const Principal* principal = nullptr;
  TraceContext trace;
  std::string request_id;
  std::string user;      // the end user: of the key, else as the caller names it; may be empty
  std::string session;   // x-session-id or the like; empty when the caller sent none
  std::string workflow;  // x-workflow-id; empty likewise
  MonoTime deadline = MonoTime::max();  // no attempt begins or waits beyond it

  // What an error reply says beside the error.
  bool retried = false;                 // here, so that the caller's client need not
  std::optional<Duration> retry_after;  // when it may be worth coming again
};

}  // namespace headgate::base
