// GET and DELETE /v1/responses/{id}, GET /v1/responses/{id}/input_items: responses that are kept
// here, by the tenant of the caller's key. Runs on the loop of its exchange and returns when the
// reply is sent or the caller gone.
#pragma once

#include "http/server/exchange.h"
#include "server/api/endpoint.h"
#include "server/loop_services.h"

namespace headgate::server {

base::Async<void> stored_response(http::Exchange& exchange, LoopServices& services,
                                  const Endpoint& endpoint);

}  // namespace headgate::server
