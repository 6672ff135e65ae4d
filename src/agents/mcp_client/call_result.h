// What a remote server answers to a call: a result, held against the tool's output schema, or
// questions. Pure; a fuzzer feeds it.
#pragma once

#include <string_view>

#include "agents/tools/tool.h"
#include "base/result.h"

namespace headgate::agents::mcp {

/// Errors: upstream_malformed; output_invalid, when the result is not what the schema says.
base::Result<ToolOutcome> read_call_result(std::string_view result, const Tool& tool);

/// The upstream's state behind our own mark, so that "none" and "empty" stay apart.
std::string keep_state(bool has_state, std::string_view state);
/// Nothing where the server gave none.
std::optional<std::string_view> kept_state(std::string_view state);

}  // namespace headgate::agents::mcp
