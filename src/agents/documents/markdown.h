// Markdown as a document: front matter, and a section below each heading (`#` or underlined), none
// of them inside fenced code. The text stays Markdown, which models read well; HTML comments are
// left out, since nobody sees them in the page. Pure.
#pragma once

#include <string_view>

#include "agents/documents/document.h"

namespace headgate::agents::knowledge {

/// REQUIRES: clean text.
base::Result<Documents> read_markdown(std::string_view path, std::string_view text);

}  // namespace headgate::agents::knowledge
