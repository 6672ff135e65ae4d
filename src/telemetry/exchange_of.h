// The record of something that was done for a caller, with what its context knows: who, in which
// trace, session and workflow. Whoever did it adds the spans, and what else only he knows. Has
// views into the context, which outlives it. Pure.
#pragma once

#include "base/context.h"
#include "telemetry/span.h"

namespace headgate::telemetry {

/// Without spans, route and release.
inline ExchangeRecord exchange_of(const base::Context& ctx) {
  ExchangeRecord out;
  out.trace = ctx.trace.trace;
  out.request_id = ctx.request_id;
  out.user = ctx.user;
  out.session = ctx.session;
  out.workflow = ctx.workflow;
  if (ctx.principal == nullptr) return out;
  out.tenant = ctx.principal->tenant;
  out.tier = ctx.principal->tier;
  out.key_id = ctx.principal->key_id;
  return out;
}

}  // namespace headgate::telemetry
