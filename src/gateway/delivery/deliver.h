// Gets an answer for a call, from the model that was asked for or from one that the route allows in
// its place: tries targets in the order of the plan, past their breakers, with pauses between,
// until one has answered, or it is clear that none will. Runs on the call's loop.
#pragma once

#include "gateway/answer_sink.h"
#include "gateway/call.h"
#include "gateway/upstream/upstreams.h"

namespace headgate::gateway {

/// Writes what is sent.
class RequestBodies {
 public:
  virtual ~RequestBodies() = default;
  /// Makes attempt.body, or leaves it where the caller's own is sent. Errors: invalid_request: the
  /// provider's dialect cannot say it.
  virtual base::Result<void> write(Attempt& attempt) = 0;
};

struct DeliveryTools {
  CallTools& call;
  Upstreams& upstreams;
  RequestBodies& bodies;
};

/// Errors only while nothing was sent to the caller.
base::Task<void> deliver(Call& call, const DeliveryTools& tools, AnswerSink& answer);

}  // namespace headgate::gateway
