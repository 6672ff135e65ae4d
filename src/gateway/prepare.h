// From the caller's body to the provider's: scanned for what policy needs, then edited in place, or
// read and written anew when the provider speaks another dialect. Pure but for the call it notes
// in.
#pragma once

#include <string>

#include "base/result.h"
#include "gateway/call.h"

namespace headgate::gateway {

/// Fills call.request.
base::Result<void> scan(Call& call);

/// Makes attempt.body; none when the caller's own goes as it came. Fills attempt.losses when it is
/// written anew: it crosses dialects, or goes on from a response that is kept here. Errors:
/// invalid_request, naming the field that the provider's dialect cannot say;
/// previous_response_not_found.
base::Result<void> prepare(Attempt& attempt, SignatureVault& vault);

/// The same from a decoded request: behind what it goes on from, with what the provider signed
/// before put back, marked for its cache where the route says so, in its dialect.
base::Result<void> write_for_target(Attempt& attempt, SignatureVault& vault,
                                    llm::chat::Request request);

/// The same from the caller's request with the beginning of its answer, which the model shall go
/// on from; `text` empty: the request anew.
base::Result<void> prepare_continued(Attempt& attempt, SignatureVault& vault,
                                     const std::string& text);

/// What the route says of attempt.losses. Errors: invalid_request, naming the first that is
/// refused.
base::Result<void> judge_losses(const Attempt& attempt);

}  // namespace headgate::gateway
