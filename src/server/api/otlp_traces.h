// POST /v1/traces: spans of agents in other frameworks, in OTLP over HTTP (protobuf or JSON, gzip).
// 200 means that what was not rejected is in the journal; 503 that a sender may come again with the
// same batch. Errors are google.rpc.Status in the encoding of the request, as OTLP asks. Runs on
// the loop of its exchange.
#pragma once

#include "http/server/exchange.h"
#include "server/loop_services.h"

namespace headgate::server {

base::Async<void> otlp_traces(http::Exchange& exchange, LoopServices& services);

}  // namespace headgate::server
