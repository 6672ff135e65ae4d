// An answer as generateContent writes it: one response, or a stream of responses that adds up to
// it, as server-sent events or as one JSON array. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "lab/neutral/completion.h"
#include "lab/neutral/family.h"

namespace headgate::lab::gemini {

/// How the responses of a stream are strung together.
enum class Framing { events, array };

std::string response_body(const Completion& completion);
std::vector<StreamEvent> response_stream(const Completion& completion, const StreamOptions& options,
                                         Framing framing);
/// `body` as the next and last response of a stream.
std::string last_in_stream(const std::string& body, Framing framing);

/// The calls of `completion` that carry a signature, as call_signature.h writes them.
std::vector<std::string> signed_calls(const Completion& completion);

}  // namespace headgate::lab::gemini
