// GET /v1/degraded/{id}: what became of a call that was queued when no model could answer it. Its
// caller's tenant sees it, nobody else. On the exchange's loop; the store has a thread of its own.
// REQUIRES: the loop's tools have such a store.
#pragma once

#include "http/server/exchange.h"
#include "server/api/endpoint.h"
#include "server/loop_services.h"

namespace headgate::server {

base::Async<void> queued_call(http::Exchange& exchange, LoopServices& services,
                              const Endpoint& endpoint);

}  // namespace headgate::server
