// One try at one provider: sends the request, tells a refusal from an answer, passes the answer on.
// Runs on the call's loop; keeps no state beyond the call's.
#pragma once

#include <string_view>

#include "gateway/answer_sink.h"
#include "gateway/call.h"
#include "gateway/upstream/upstreams.h"

namespace headgate::gateway {

/// Errors only while nothing was sent to the caller.
base::Task<void> run_attempt(Call& call, CallTools& tools, Upstreams& upstreams,
                             std::string_view body, AnswerSink& answer);

}  // namespace headgate::gateway
