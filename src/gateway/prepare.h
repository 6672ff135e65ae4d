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

/// A decoded request for call.model: behind what it goes on from, with what the provider signed
/// before put back, marked for its cache where the route says so, in its dialect. Sets
/// call.upstream_dialect, fills call.losses. Errors: as prepare().
base::Result<std::string> write_for_target(Call& call, SignatureVault& vault,
                                           llm::chat::Request request);

/// `request` for the call's provider and model. Fills call.losses. Errors: as prepare().
base::Result<std::string> encode_for_provider(Call& call, const llm::chat::Request& request);

/// The request with the beginning of its answer, which the model shall go on from; `text` empty:
/// the request anew. For call.model; sets call.upstream_dialect. Errors: as prepare().
base::Result<std::string> continued_request(Call& call, SignatureVault& vault,
                                            const std::string& text);

/// What the route says of call.losses. Errors: invalid_request, naming the first that is refused.
base::Result<void> judge_losses(const Call& call);

}  // namespace headgate::gateway
