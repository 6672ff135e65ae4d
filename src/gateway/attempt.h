// One try at one provider: sends the request, tells a refusal from an answer, passes the answer on.
// What goes wrong comes back as a typed failure, for delivery/ to judge. Runs on the call's loop;
// keeps no state beyond the attempt's.
#pragma once

#include <optional>

#include "gateway/answer_sink.h"
#include "gateway/call.h"
#include "gateway/carry/caller_stream.h"
#include "gateway/delivery/failure.h"
#include "gateway/upstream/upstreams.h"

namespace headgate::gateway {

/// Nothing: the caller has its answer, and the call is settled. REQUIRES: the attempt has begun.
/// One that lost its race to another comes back as cancelled.
base::Async<std::optional<Failure>> run_attempt(Attempt& attempt, CallTools& tools,
                                                Upstreams& upstreams, AnswerSink& answer,
                                                CallerStream& stream);

/// Whether it was cut off now because of its caller's own deadline, not for having taken longer
/// than its provider may. REQUIRES: it has just failed like this.
bool is_at_own_deadline(const Attempt& attempt, const Failure& failure);

}  // namespace headgate::gateway
