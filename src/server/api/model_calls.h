// The endpoints that call models and list them, in every dialect: who asks, the body, the pipeline,
// and errors in the form that the dialect's clients read. Each runs on the loop of its exchange and
// returns when the reply is sent or the caller gone.
#pragma once

#include "http/server/exchange.h"
#include "server/api/endpoint.h"
#include "server/loop_services.h"

namespace headgate::server {

base::Async<void> model_call(http::Exchange& exchange, LoopServices& services,
                             const Endpoint& endpoint);
base::Async<void> models(http::Exchange& exchange, LoopServices& services,
                         const Endpoint& endpoint);

/// identify(), and the error reply where it fails: false then.
base::Async<bool> admit(base::Context& ctx, http::Exchange& exchange, LoopServices& services,
                        llm::chat::Dialect dialect,
                        std::shared_ptr<const base::Principal>& principal);

/// A 200 with the request's ids.
base::Async<void> reply_json(http::Exchange& exchange, const base::Context& ctx,
                             std::string_view body);
/// An error in the dialect's form, with the request's ids. `allow`: of a 405, the methods that
/// would do.
base::Async<void> reply_error(http::Exchange& exchange, const base::Context& ctx,
                              llm::chat::Dialect dialect, const base::Error& error,
                              std::string_view allow = {});
/// The same, where the request has begun a run of an agent that is there all the same.
base::Async<void> reply_run_error(http::Exchange& exchange, const base::Context& ctx,
                                  llm::chat::Dialect dialect, const base::Error& error,
                                  const std::string& run_id);

}  // namespace headgate::server
