// Until when a call may take: as long as its route allows, or less where its caller will not wait
// so long. Pure.
#pragma once

#include "gateway/call.h"

namespace headgate::gateway {

/// REQUIRES: call.route. Callers say it as x-headgate-timeout-ms, as the official clients do
/// (x-stainless-timeout, seconds), or as a point in time that all calls of a workflow share
/// (x-headgate-deadline, Unix milliseconds).
base::MonoTime deadline_of(const Call& call);
/// Whether the call's deadline is the caller's own and not just its route's.
bool has_own_deadline(const Call& call);

}  // namespace headgate::gateway
