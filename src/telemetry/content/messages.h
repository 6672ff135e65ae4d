// Prompts and completions as the GenAI conventions have them: an array of messages with a role and
// parts, as JSON text. Spans keep prompts as they were sent (a dialect's messages) and completions
// as text; both are turned around here, and what is neither becomes one text part. Pure and total:
// content comes from outside, may be cut in the middle, and is never refused.
#pragma once

#include <string>
#include <string_view>

namespace headgate::telemetry {

std::string input_messages(std::string_view input);
std::string output_messages(std::string_view output, std::string_view finish_reason);

}  // namespace headgate::telemetry
