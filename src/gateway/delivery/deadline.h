// Until when a call may take: as long as its route allows, or less where its caller will not wait
// so long. Pure.
#pragma once

#include "gateway/call.h"

namespace headgate::gateway {

/// REQUIRES: call.route. Callers say it as x-headgate-timeout-ms, or as the official clients do
/// (x-stainless-timeout, seconds).
base::MonoTime deadline_of(const Call& call);

}  // namespace headgate::gateway
