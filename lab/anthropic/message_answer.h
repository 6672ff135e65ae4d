// An answer as the Messages API writes it: one message, or a stream of named events. Pure
// functions; accumulating the stream gives the message.
#pragma once

#include <string>
#include <vector>

#include "lab/neutral/completion.h"
#include "lab/neutral/family.h"

namespace headgate::lab::anthropic {

std::string message_body(const Completion& completion);
std::vector<StreamEvent> message_stream(const Completion& completion, const StreamOptions& options);
/// "event: error", for a stream that has begun.
std::string error_event(int status, std::string_view request_id);

/// The id of a tool_use block.
std::string tool_use_id(const CompletionCall& call);

}  // namespace headgate::lab::anthropic
