// A Messages or count_tokens request that will pass byte for byte: one scan finds what policy
// needs, with its place in the body; edits are spliced in and every other byte stays. The scan
// checks what the gateway relies on and nothing else, the provider judges the rest. Pure; views
// point into the body.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "llm/chat/codec.h"

namespace headgate::llm::anthropic {

/// Members that policy reads may not appear twice: two parsers could disagree on which one counts.
/// Errors: invalid_json, invalid_request (with param). A missing max_tokens is the provider's
/// business, since count_tokens has none.
base::Result<chat::Head> scan_request(std::string_view body, const chat::Limits& limits = {});

/// The body with the edits spliced in, and without the thoughts that other providers' models left
/// in the history (Head::cuts); nothing when no byte has to change. `mark_cache` adds the top-level
/// "cache_control", which the provider applies to the last block that can be cached; a body with a
/// mark anywhere keeps its own. REQUIRES: `head` was scanned from this very `body`.
std::optional<std::string> edit_request(std::string_view body, const chat::Head& head,
                                        const chat::Edits& edits);

}  // namespace headgate::llm::anthropic
