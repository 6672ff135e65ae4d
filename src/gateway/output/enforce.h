// Answers that keep to their JSON Schema, on routes that ask for it: structured output and the
// arguments of tool calls are checked before the caller gets any of them. An answer that breaks its
// schema is sent back once, with what is wrong with it; one that is still wrong is an error. A
// caller who wants a stream gets the checked answer as one. Runs on the call's loop.
#pragma once

#include <optional>
#include <string_view>

#include "gateway/answer_sink.h"
#include "gateway/call.h"
#include "gateway/upstream/upstreams.h"

namespace headgate::gateway {

/// Whether this call is one to check: its route says so, and it has a schema. Fills call.decoded.
/// Errors: invalid_request, for a schema that cannot be used.
base::Result<bool> is_enforced(Call& call);

/// Errors only while nothing was sent to the caller; output_invalid when two answers were wrong.
base::Task<void> run_enforced(Call& call, CallTools& tools, Upstreams& upstreams,
                              AnswerSink& answer);

}  // namespace headgate::gateway
