// POST /v1/knowledge/{name}/search: chunks of a knowledge base for a query, of the tenant of the
// caller's key and of everybody. Runs on the loop of its exchange and returns when the reply is
// sent or the caller gone. REQUIRES: services.retriever.
#pragma once

#include "http/server/exchange.h"
#include "server/api/endpoint.h"
#include "server/loop_services.h"

namespace headgate::server {

base::Async<void> knowledge_search(http::Exchange& exchange, LoopServices& services,
                                   const Endpoint& endpoint);

}  // namespace headgate::server
