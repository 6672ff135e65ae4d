// A request of the neutral model as a body for POST /v1/responses of a provider. What came from
// this API goes back as it was; what came from another and has no place here is a loss. A request
// of another dialect is not stored by the provider unless it asked for that, its tools are not
// strict unless they said so, and when it wants reasoning, the encrypted form comes along so that
// it can be sent back. Pure.
#pragma once

#include <string>

#include "base/json/writer.h"
#include "llm/chat/codec.h"

namespace headgate::llm::responses {

std::string encode_request(const chat::Request& request, const chat::Target& target,
                           chat::Losses& losses);

/// The members that an answer repeats of its request: {"type":"function",…} and the like.
void write_tools(base::json::Writer& out, const chat::Request& request);
void write_tool_choice(base::json::Writer& out, const chat::ToolChoice& choice);
void write_text_config(base::json::Writer& out, const chat::Request& request);
void write_reasoning_wish(base::json::Writer& out, const chat::Request& request);

/// The instructions: a leading system message that is one plain text. Null: there is none.
const std::string* instructions_of(const chat::Request& request);

}  // namespace headgate::llm::responses
