// Embeddings, moderations and token counts on their way through the pipeline: the same three steps
// as a chat call (scan, prepare, carry back), for the operations that have no messages. Pure but
// for the call they note in. REQUIRES: call.ask.operation is not chat.
#pragma once

#include <string_view>

#include "base/result.h"
#include "gateway/call.h"
#include "gateway/carry/whole_answer.h"

namespace headgate::gateway {

/// Fills call.request. Errors: invalid_json, invalid_request.
base::Result<void> scan_side(Call& call);

/// Makes attempt.body; none when the caller's own goes as it came. Fills attempt.losses. Errors:
/// invalid_request; not_found, when the provider's dialect has no such operation.
base::Result<void> prepare_side(Attempt& attempt);

/// Errors: as carry_whole().
base::Result<CarriedAnswer> carry_side(Attempt& attempt, std::string_view body);

}  // namespace headgate::gateway
