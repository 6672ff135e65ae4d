// OpenAI's endpoints: chat completions and the list of models, with errors in OpenAI's form. Each
// runs on the loop of its exchange and returns when the reply is sent or the caller gone.
#pragma once

#include "http/server/exchange.h"
#include "server/loop_services.h"

namespace headgate::server {

base::Async<void> chat_completions(http::Exchange& exchange, LoopServices& services);
base::Async<void> models(http::Exchange& exchange, LoopServices& services);

/// An error in OpenAI's form, with the request's ids. `allow`: of a 405, the methods that would do.
base::Async<void> reply_error(http::Exchange& exchange, const base::Context& ctx,
                              const base::Error& error, std::string_view allow = {});

}  // namespace headgate::server
