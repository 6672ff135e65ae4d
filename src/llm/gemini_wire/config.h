// What a Gemini request says beside its contents: generationConfig, which bounds and steers the
// answer; tools, functions and the provider's own; toolConfig, which of them shall be called. Read
// into the neutral request, written from it. Pure.
#pragma once

#include "llm/gemini_wire/encoding.h"
#include "llm/gemini_wire/reading.h"

namespace headgate::llm::gemini {

/// Each reads the value that is next.
bool read_config(Reading& reading, chat::Request& out);
bool read_tools(Reading& reading, chat::Request& out);
bool read_tool_config(Reading& reading, chat::Request& out);

/// Each writes its member, if there is anything for it. Functions become one tool, in their order.
void write_config(Encoding& encoding);
void write_tools(Encoding& encoding);
void write_tool_config(Encoding& encoding);

}  // namespace headgate::llm::gemini
