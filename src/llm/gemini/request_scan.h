// A Gemini request that will pass as it came, read by one scan: what budgets and traces need. The
// model and whether the answer is streamed stand in the URL. Pure; views point into the body.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "llm/chat/codec.h"

namespace headgate::llm::gemini {

/// Checks what the gateway relies on and nothing else. Members that policy reads may not appear
/// twice, in neither spelling; a `model` in the body must be the one of the URL.
/// Errors: invalid_json, invalid_request (with param).
base::Result<chat::Head> scan_request(std::string_view body, const chat::Source& source,
                                      const chat::Limits& limits);

/// Nothing, unless the body names the model too and that changes: then the body with the new name.
/// REQUIRES: `head` was scanned from this very `body`.
std::optional<std::string> edit_request(std::string_view body, const chat::Head& head,
                                        const chat::Edits& edits);

/// "models/gemini-3-pro" without its "models/".
std::string_view bare_model(std::string_view model);

/// The model of the URL. Errors: invalid_request, when there is none or it is too long.
base::Result<std::string> model_of(const chat::Source& source, const chat::Limits& limits);

}  // namespace headgate::llm::gemini
