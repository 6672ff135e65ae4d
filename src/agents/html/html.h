// An HTML page as a document: its text without tags, a section below each heading, list items and
// table cells told apart. Scripts, styles, templates and drawings are left out. Pure.
#pragma once

#include <string_view>

#include "agents/documents/document.h"

namespace headgate::agents::knowledge {

/// REQUIRES: clean text.
base::Result<Documents> read_html(std::string_view path, std::string_view page);

}  // namespace headgate::agents::knowledge
