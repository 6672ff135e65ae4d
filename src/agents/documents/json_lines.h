// JSON Lines as documents, one a line: {"text": …} with title, id, tenant and labels where there
// are any; other members are for other programs. A line without text, a tenant that is not a name
// or an id that is there twice is an error with its place. Pure.
#pragma once

#include <string_view>

#include "agents/documents/document.h"

namespace headgate::agents::knowledge {

/// REQUIRES: clean text.
base::Result<Documents> read_json_lines(std::string_view path, std::string_view text);

}  // namespace headgate::agents::knowledge
