// The parts inside messages, tool outputs and reasoning of the Responses API, to parts of the
// neutral model. A part of a type that has no word there is kept as an Opaque.
#pragma once

#include <string_view>
#include <vector>

#include "llm/responses_items/reading.h"

namespace headgate::llm::responses {

/// Reads a content array, or a string as one text ("" as none), as the value of `list`.
bool decode_content(Reading& reading, std::string_view list, std::vector<chat::Part>& parts);

/// Reads one part.
bool decode_part(Reading& reading, chat::Part& part);

/// Reads the summary or the content of a reasoning item: an array of {"type":…,"text":…}.
bool decode_thoughts(Reading& reading, std::string_view list, std::vector<chat::Part>& parts);

/// Keeps what is next as it was written.
bool decode_opaque(Reading& reading, std::string_view type, chat::Part& part);

/// Whether a part of this type stands inside a message rather than beside it.
bool is_content_type(std::string_view type);

}  // namespace headgate::llm::responses
