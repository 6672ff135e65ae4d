// From the caller's body to the provider's: scanned for what policy needs, then edited in place, or
// read and written anew when the provider speaks another dialect. Pure but for the call it notes
// in.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "gateway/call.h"

namespace headgate::gateway {

/// Fills call.request.
base::Result<void> scan(Call& call);

/// The body to send; nothing when the caller's own goes as it came. Fills call.decoded and
/// call.losses when it is written anew: the call crosses dialects, or goes on from a response that
/// is kept here. Errors: invalid_request, naming the field that the provider's dialect cannot say;
/// previous_response_not_found.
base::Result<std::optional<std::string>> prepare(Call& call, SignatureVault& vault);

/// `request` for the call's provider and model. Fills call.losses. Errors: as prepare().
base::Result<std::string> encode_for_provider(Call& call, const llm::chat::Request& request);

/// What the route says of call.losses. Errors: invalid_request, naming the first that is refused.
base::Result<void> judge_losses(const Call& call);

}  // namespace headgate::gateway
