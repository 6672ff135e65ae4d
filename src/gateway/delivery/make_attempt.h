// One attempt in the places that it was given: its target's leave and a slot at its provider. Both
// are told what came of it, and given back, on every way out. Runs on the call's loop.
#pragma once

#include <optional>

#include "gateway/attempt.h"
#include "gateway/delivery/deliver.h"
#include "gateway/delivery/slots.h"
#include "resilience/breaker.h"

namespace headgate::gateway {

/// What an attempt needs before it may begin; empty where nothing is limited or kept.
struct AttemptPlaces {
  Slot slot;
  resilience::Permit permit;
};

/// run_attempt(), and the end of the attempt's record where it failed. REQUIRES: the attempt has
/// begun.
base::Async<std::optional<Failure>> make_attempt(Attempt& attempt, AttemptPlaces& places,
                                                 const DeliveryTools& tools, AnswerSink& answer,
                                                 CallerStream& stream);

}  // namespace headgate::gateway
