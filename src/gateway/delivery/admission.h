// Whether a call may begin on its route, and an attempt at its provider: takes the places that the
// two have, waits for them in line, or says why there is none and when to come again. What it is
// given is held by who asked, in its coroutine's frame. Runs on the call's loop.
#pragma once

#include <optional>

#include "gateway/call.h"
#include "gateway/delivery/failure.h"
#include "gateway/delivery/keyed_limit.h"
#include "gateway/delivery/slots.h"

namespace headgate::gateway {

/// A call's places on its route, for as long as it takes.
struct RoutePlaces {
  KeyedLimit::Place tenant;
  KeyedLimit::Place workflow;
  Slot slot;
};

/// REQUIRES: call.route. Sets ctx.retry_after when it refuses. Errors: rate_limited: the tenant or
/// the workflow has too many calls of its own under way; overloaded: all have; cancelled.
base::Task<void> enter_route(Call& call, RoutePlaces& places);

/// For one attempt at `model`. Nothing: it may go on.
base::Async<std::optional<Failure>> enter_provider(Call& call, const Model& model, Slot& slot);

}  // namespace headgate::gateway
