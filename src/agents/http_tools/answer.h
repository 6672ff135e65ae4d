// What an HTTP answer says of a call: a result that fits the tool's schema, a failure that the
// model is told, or, where a gateway in between has answered for a service that did not, nothing.
// Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agents/definitions/pinned.h"
#include "agents/http_tools/call_outcome.h"

namespace headgate::agents {

CallOutcome read_answer(const PinnedTool& tool, int status, std::string_view content_type,
                        std::string_view body);

/// It answered, with more than may be read.
CallOutcome too_large_answer(int status, std::size_t bytes_max);

/// Whether the service said that it may do better the next time.
bool is_passing_failure(const CallOutcome& outcome);

}  // namespace headgate::agents
