// A Responses request to the neutral model. Instructions become a leading system message;
// neighbouring items of the assistant become one message, and so do neighbouring outputs of calls.
// Members without a word there are extras under their own name, those of `text` and `reasoning`
// under "text.verbosity" and the like. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "llm/chat/codec.h"

namespace headgate::llm::responses {

/// Errors: invalid_json, invalid_request with the member at fault ("input[2].content[0].type").
base::Result<chat::Request> decode_request(std::string_view body, const chat::Source& source,
                                           const chat::Limits& limits = {});

/// The messages of a JSON array of items, as a stored conversation has them.
base::Result<std::vector<chat::Message>> decode_items(std::string_view items_json,
                                                      const chat::Limits& limits = {});

}  // namespace headgate::llm::responses
