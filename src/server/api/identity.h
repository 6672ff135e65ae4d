// Who calls and in which context: the credential checked, the trace continued or begun, ids read
// from headers. The first thing every endpoint does.
#pragma once

#include "base/context.h"
#include "base/result.h"
#include "http/server/exchange.h"
#include "server/loop_services.h"

namespace headgate::server {

/// The request's own id where it is sane (visible ASCII, at most 128), else a new one; and the
/// trace from traceparent, else a new one.
base::Context make_context(http::Exchange& exchange, LoopServices& services);

/// Sets ctx.principal and the user, session and workflow the caller names.
/// `principal` must outlive `ctx`. Errors: unauthenticated.
base::Result<void> identify(base::Context& ctx, http::Exchange& exchange, LoopServices& services,
                            std::shared_ptr<const base::Principal>& principal);

}  // namespace headgate::server
