// OpenAI's endpoints: chat completions and the list of models.
#pragma once

#include "http/exchange.h"
#include "server/loop_services.h"

namespace headgate::server {

base::asio::awaitable<void> chat_completions(http::Exchange& exchange, LoopServices& services);
base::asio::awaitable<void> models(http::Exchange& exchange, LoopServices& services);

/// An error in OpenAI's form, with the request's ids.
base::asio::awaitable<void> reply_error(http::Exchange& exchange, const base::Context& ctx,
                                        const base::Error& error);

}  // namespace headgate::server
